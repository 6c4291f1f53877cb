#include "bindings/message_dict.hpp"

#include <limits>

#include "core/error.hpp"
#include "model/text.hpp"

namespace py = pybind11;

namespace deepvis::bindings {

using model::Field;
using model::FieldType;
using model::Message;

namespace {

py::object scalar(const Message& message, const Field& field, size_t index) {
  switch (field.type) {
    case FieldType::Message:
      return to_dict(message.message(field.name, index));
    case FieldType::Float:
    case FieldType::Double:
      return py::float_(message.real(field.name, index));
    case FieldType::Bool:
      return py::bool_(message.flag_at(field.name, index));
    case FieldType::String:
      return to_text(message.text(field.name, index));
    case FieldType::Bytes: {
      const std::string_view value = message.text(field.name, index);
      return py::bytes(value.data(), value.size());
    }
    case FieldType::Enum:
      return to_text(message.choice_name(field.name, index));
    case FieldType::Uint64:
      return py::int_(static_cast<uint64_t>(message.integer(field.name, index)));
    default:
      return py::int_(message.integer(field.name, index));
  }
}

std::string where(const Message& message, const Field& field) {
  return std::string(message.type().name) + "." + std::string(field.name);
}

[[noreturn]] void misfit(const Message& message, const Field& field, const char* expected, py::handle value) {
  throw FormatError(where(message, field) + ": expected " + expected + ", found " +
                    std::string(py::str(py::type::of(value).attr("__name__"))));
}

bool is_number(py::handle value) { return PyNumber_Check(value.ptr()) != 0 && !py::isinstance<py::str>(value); }

double as_real(const Message& message, const Field& field, py::handle value) {
  if (!is_number(value)) misfit(message, field, "a number", value);
  const double number = PyFloat_AsDouble(value.ptr());
  if (number == -1.0 && PyErr_Occurred()) throw py::error_already_set();
  return number;
}

int64_t as_integer(const Message& message, const Field& field, py::handle value) {
  PyObject* exact = PyNumber_Index(value.ptr());  // an int or a NumPy integer, not a float
  if (!exact) {
    PyErr_Clear();
    misfit(message, field, "an integer", value);
  }
  const py::int_ number = py::reinterpret_steal<py::int_>(exact);
  const model::IntegerRange range = model::integer_range(field.type);
  if (number < -py::int_(range.below) || number > py::int_(range.above)) {
    throw FormatError(where(message, field) + ": expected an integer from " + range.text + ", found " +
                      std::string(py::str(number)));
  }
  return field.type == FieldType::Uint64 ? static_cast<int64_t>(number.cast<uint64_t>()) : number.cast<int64_t>();
}

std::string as_text(const Message& message, const Field& field, py::handle value) {
  if (py::isinstance<py::bytes>(value)) return value.cast<std::string>();
  if (!py::isinstance<py::str>(value)) misfit(message, field, "a string", value);
  PyObject* encoded = PyUnicode_AsEncodedString(value.ptr(), "utf-8", "surrogateescape");
  if (!encoded) throw py::error_already_set();
  return py::reinterpret_steal<py::bytes>(encoded).cast<std::string>();
}

int as_choice(const Message& message, const Field& field, py::handle value) {
  if (py::isinstance<py::str>(value)) {
    const std::string name = as_text(message, field, value);
    if (const model::EnumValue* found = field.enumeration->find(name)) return found->number;
    throw FormatError(where(message, field) + ": unknown value '" + name + "'");
  }
  const auto number = static_cast<int>(as_integer(message, field, value));
  if (!field.enumeration->find(number)) {
    throw FormatError(where(message, field) + ": unknown value " + std::to_string(number));
  }
  return number;
}

py::dict as_dict(const Message& message, const Field& field, py::handle value) {
  if (!py::isinstance<py::dict>(value)) misfit(message, field, "a dict", value);
  return py::reinterpret_borrow<py::dict>(value);
}

model::Floats as_floats(py::handle value) {
  const auto array = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(value);
  if (!array) throw py::error_already_set();
  return model::Floats(std::vector<float>(array.data(), array.data() + array.size()));
}

Message message_of(const model::MessageType& type, const py::dict& values, int depth);

void add(Message& message, const Field& field, py::handle value, int depth) {
  switch (field.type) {
    case FieldType::Message:
      message.add_message(field.name, message_of(*field.message, as_dict(message, field, value), depth + 1));
      return;
    case FieldType::Float:
    case FieldType::Double:
      return message.add_real(field.name, as_real(message, field, value));
    case FieldType::Bool:
      return message.add_integer(field.name, value.cast<bool>());
    case FieldType::String:
    case FieldType::Bytes:
      return message.add_text(field.name, as_text(message, field, value));
    case FieldType::Enum:
      return message.add_choice(field.name, as_choice(message, field, value));
    default:
      return message.add_integer(field.name, as_integer(message, field, value));
  }
}

void set(Message& message, const Field& field, py::handle value, int depth) {
  switch (field.type) {
    case FieldType::Message:
      message.mutable_message(field.name) = message_of(*field.message, as_dict(message, field, value), depth + 1);
      return;
    case FieldType::Float:
    case FieldType::Double:
      return message.set_real(field.name, as_real(message, field, value));
    case FieldType::Bool:
      return message.set_flag(field.name, value.cast<bool>());
    case FieldType::String:
    case FieldType::Bytes:
      return message.set_text(field.name, as_text(message, field, value));
    case FieldType::Enum:
      return message.set_choice(field.name, as_choice(message, field, value));
    default:
      return message.set_integer(field.name, as_integer(message, field, value));
  }
}

Message message_of(const model::MessageType& type, const py::dict& values, int depth) {
  if (depth > model::kMaxNesting) {
    throw LimitError("messages are nested more than " + std::to_string(model::kMaxNesting) + " deep");
  }
  Message message(type);
  for (const auto& [key, value] : values) {
    const std::string name = py::str(key);
    const Field* field = type.find(name);
    if (!field) {
      const std::string_view nearest = type.nearest(name);
      throw FormatError("unknown field '" + name + "' in " + std::string(type.name) +
                        (nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?"));
    }
    if (!field->repeated) {
      set(message, *field, value, depth);
    } else if (py::isinstance<py::str>(value) || !py::isinstance<py::sequence>(value)) {
      misfit(message, *field, "a list", value);
    } else if (field->type == FieldType::Float) {
      message.set_floats(field->name, as_floats(value));
    } else {
      for (const py::handle each : value) add(message, *field, each, depth);
    }
  }
  return message;
}

}  // namespace

py::str to_text(std::string_view text) {
  PyObject* decoded = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape");
  if (!decoded) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(decoded);
}

py::dict to_dict(const Message& message) {
  py::dict result;
  for (const Field* field : message.set_fields()) {
    const py::str key = to_text(field->name);
    const size_t count = message.size(field->name);
    const auto length = static_cast<int64_t>(count);
    if (!field->repeated) {
      result[key] = scalar(message, *field, 0);
    } else if (field->type == FieldType::Float) {
      result[key] = to_array(message.floats(field->name), {&length, 1});
    } else if (field->type == FieldType::Double) {
      result[key] = py::array_t<double>(static_cast<py::ssize_t>(count), message.doubles(field->name).data());
    } else {
      py::list values;
      for (size_t i = 0; i < count; ++i) values.append(scalar(message, *field, i));
      result[key] = values;
    }
  }
  return result;
}

Message from_dict(const model::MessageType& type, const py::dict& values) { return message_of(type, values, 0); }

py::array_t<float> to_array(const model::Floats& values, std::span<const int64_t> shape) {
  py::array_t<float> array(std::vector<py::ssize_t>(shape.begin(), shape.end()));
  values.copy_to({array.mutable_data(), values.size()});
  return array;
}

}  // namespace deepvis::bindings
