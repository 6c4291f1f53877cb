#include "bindings/register_model.hpp"

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>
#include <string>

#include "bindings/message_dict.hpp"
#include "core/error.hpp"
#include "model/files.hpp"
#include "model/text.hpp"
#include "model/wire.hpp"

namespace py = pybind11;

namespace deepvis::bindings {

namespace {

using model::Message;
using model::MessageType;

const MessageType& type_named(const std::string& name) {
  if (const MessageType* type = model::find_message_type(name)) return *type;
  std::vector<std::string_view> names;
  for (const MessageType* type : model::message_types()) names.push_back(type->name);
  const std::string_view nearest = model::nearest_name(name, names);
  throw UnknownNameError("no message of Caffe's files is called '" + name + "'" +
                         (nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?"));
}

// Runs work that touches no Python object without the interpreter lock.
template <typename Work>
auto unlocked(Work&& work) {
  const py::gil_scoped_release release;
  return work();
}

Message parse_bytes(const std::string& type_name, std::string_view bytes, const std::string& source) {
  // The caller's bytes outlive the message, so its views need no owner of their own.
  static const auto kBorrowed = std::make_shared<const model::ByteOwner>();
  return model::parse_wire(type_named(type_name), std::as_bytes(std::span(bytes)), source, kBorrowed);
}

py::bytes serialize(const std::string& type_name, const py::dict& values) {
  const Message message = from_dict(type_named(type_name), values);
  std::string out;
  model::write_wire(message, [&](std::span<const std::byte> bytes) {
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  return py::bytes(out);
}

py::list read_weights(const std::filesystem::path& path) {
  const auto layers = unlocked([&] { return model::read_weights_file(path); });
  py::list result;
  for (const model::LayerWeights& layer : layers) {
    py::list blobs;
    for (const model::WeightBlob& blob : layer.blobs) blobs.append(to_array(blob.data, blob.shape.dims()));
    result.append(py::make_tuple(to_text(layer.layer), to_text(layer.type), blobs));
  }
  return result;
}

py::array_t<float> read_blob(const std::filesystem::path& path) {
  const model::WeightBlob blob = model::read_blob_file(path);
  return to_array(blob.data, blob.shape.dims());
}

// The tables as Python data, so that tests can hold them against another description of the same files.
py::dict schema() {
  static constexpr const char* kTypeNames[] = {"int32", "int64",  "uint32", "uint64", "float",  "double",
                                               "bool",  "string", "bytes",  "enum",   "message"};
  py::dict result;
  for (const MessageType* type : model::message_types()) {
    py::dict fields;
    for (const model::Field& field : type->fields) {
      py::dict entry;
      entry["number"] = field.number;
      entry["type"] = kTypeNames[static_cast<size_t>(field.type)];
      entry["repeated"] = field.repeated;
      entry["packed"] = field.packed;
      entry["default"] = std::string(field.default_text);
      if (field.message) entry["message"] = std::string(field.message->name);
      if (field.enumeration) {
        py::dict values;
        for (const model::EnumValue& value : field.enumeration->values) values[to_text(value.name)] = value.number;
        entry["enum"] = std::string(field.enumeration->name);
        entry["values"] = values;
      }
      fields[to_text(field.name)] = entry;
    }
    result[to_text(type->name)] = fields;
  }
  return result;
}

// A file that cannot be opened is Python's own OSError (FileNotFoundError, ...), with its errno and name.
void translate_file_error(std::exception_ptr pointer) {  // NOLINT(performance-unnecessary-value-param): pybind11's form
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const std::filesystem::filesystem_error& error) {
    errno = error.code().value();
    PyErr_SetFromErrnoWithFilename(PyExc_OSError, error.path1().c_str());
  }
}

}  // namespace

void register_model(py::module_& module) {
  py::register_exception_translator(&translate_file_error);
  module.def(
      "parse_text",
      [](const std::string& type_name, const std::string& text, const std::string& source) {
        return to_dict(model::parse_text(type_named(type_name), text, source));
      },
      py::arg("type_name"), py::arg("text"), py::arg("source") = "<text>",
      "Reads a message of Caffe's from protobuf text; raises FormatError with line and column.");
  module.def(
      "print_text",
      [](const std::string& type_name, const py::dict& values) {
        return to_text(model::print_text(from_dict(type_named(type_name), values)));
      },
      py::arg("type_name"), py::arg("values"), "Writes a message as protobuf text.");
  module.def(
      "parse_wire",
      [](const std::string& type_name, const py::bytes& data, const std::string& source) {
        return to_dict(parse_bytes(type_name, std::string_view(data), source));
      },
      py::arg("type_name"), py::arg("data"), py::arg("source") = "<bytes>",
      "Reads a message of Caffe's from protobuf's binary format; raises FormatError with the byte offset.");
  module.def("serialize", &serialize, py::arg("type_name"), py::arg("values"),
             "Writes a message in protobuf's binary format.");
  module.def(
      "read_net_text",
      [](const std::string& text, const std::string& source) { return to_dict(model::read_net_text(text, source)); },
      py::arg("text"), py::arg("source") = "<text>", "Reads a net of any age and upgrades it to the present form.");
  module.def(
      "read_net_file",
      [](const std::filesystem::path& path) { return to_dict(unlocked([&] { return model::read_net_file(path); })); },
      py::arg("path"), "Reads a prototxt of any age and upgrades the net to the present form.");
  module.def("read_weights", &read_weights, py::arg("path"),
             "The parameters in a caffemodel, for each layer that has any: (layer, type, [float32 array, ...]).");
  module.def("read_blob", &read_blob, py::arg("path"),
             "The one blob of a binaryproto, as a float32 array of its stored shape.");
  module.def(
      "write_text_file",
      [](const std::filesystem::path& path, const std::string& type_name, const py::dict& values) {
        const Message message = from_dict(type_named(type_name), values);
        unlocked([&] { model::write_text_file(path, message); });
      },
      py::arg("path"), py::arg("type_name"), py::arg("values"), "Writes a message as a prototxt, atomically.");
  module.def(
      "write_wire_file",
      [](const std::filesystem::path& path, const std::string& type_name, const py::dict& values) {
        const Message message = from_dict(type_named(type_name), values);
        unlocked([&] { model::write_wire_file(path, message); });
      },
      py::arg("path"), py::arg("type_name"), py::arg("values"),
      "Writes a message in protobuf's binary format (caffemodel, binaryproto), atomically.");
  module.def("_schema", &schema);
}

}  // namespace deepvis::bindings
