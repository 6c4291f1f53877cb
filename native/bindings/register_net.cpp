// deepvis._native.Net: the engine's net by names and indices, to which deepvis.Net gives its face.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>

#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "bindings/guarded_net.hpp"
#include "core/error.hpp"
#include "model/files.hpp"
#include "net/net.hpp"

namespace py = pybind11;

namespace deepvis::bindings {

namespace {

using ShapeDict = std::map<std::string, std::vector<int64_t>>;

InputShapes to_shapes(const ShapeDict& dict) {
  InputShapes shapes;
  for (const auto& [name, dims] : dict) shapes.emplace(name, Shape(dims));
  return shapes;
}

cpu::KernelSet to_kernels(const std::string& name) {
  if (name == "best") return cpu::KernelSet::Best;
  if (name == "portable") return cpu::KernelSet::Portable;
  if (name == "reference") return cpu::KernelSet::Reference;
  throw UnknownNameError("no kernels '" + name + "'; there are: best, portable, reference");
}

bool to_half(const std::string& precision) {
  if (precision == "fp32") return false;
  if (precision == "fp16-weights") return true;
  throw UnknownNameError("no precision '" + precision + "'; there are: fp32, fp16-weights");
}

// Keyword arguments that deepvis.Net hands through.
Net::Options to_options(const py::dict& given) {
  Net::Options options{.input_shapes = to_shapes(given["input_shapes"].cast<ShapeDict>()),
                       .seed = given["seed"].cast<uint64_t>(),
                       .kernels = {.kernels = to_kernels(given["kernels"].cast<std::string>()),
                                   .half_weights = to_half(given["precision"].cast<std::string>())},
                       .keep = given["keep"].cast<std::optional<std::set<std::string>>>(),
                       .backward = given["backward"].cast<bool>()};
  const auto limit = given["memory_limit"].cast<std::optional<int64_t>>();
  if (limit) options.memory_limit = *limit;
  return options;
}

template <class Read>
std::unique_ptr<GuardedNet> make_net(Read read, const py::dict& given) {
  const Net::Options options = to_options(given);
  const py::gil_scoped_release release;
  return std::make_unique<GuardedNet>(std::make_unique<Net>(read(), options));
}

py::list layer_table(GuardedNet& guarded) {
  struct Row {
    std::string name, type, kernel;
    std::vector<std::string> bottoms, tops;
    std::vector<Shape> params;
    bool in_place;
  };
  const std::vector<Row> rows = guarded.with([](Net& net) {
    std::vector<Row> result;
    for (size_t i = 0; i < net.graph().nodes().size(); ++i) {
      const int index = static_cast<int>(i);
      const Graph::Node& node = net.graph().nodes()[i];
      Row row{net.layer(index).name(),
              net.layer(index).type(),
              std::string(net.layer(index).kernel()),
              blob_names(net, node.bottoms),
              blob_names(net, node.tops),
              {},
              false};
      for (const OwnParameter& param : net.params(index)) row.params.push_back(param.shape);
      row.in_place = !node.tops.empty() && net.graph().in_place(index, 0);
      result.push_back(std::move(row));
    }
    return result;
  });
  py::list table;
  for (const Row& row : rows) {
    py::list shapes;
    for (const Shape& shape : row.params) shapes.append(to_tuple(shape));
    table.append(py::make_tuple(row.name, row.type, row.bottoms, row.tops, shapes, row.kernel, row.in_place));
  }
  return table;
}

// What the last pass of a direction ran: (layer, kernel, whether the layer before it did it, seconds).
py::list runs(GuardedNet& guarded, bool backward) {
  struct Row {
    std::string layer, kernel;
    bool fused;
    double seconds;
  };
  const std::vector<Row> rows = guarded.with([&](Net& net) {
    std::vector<Row> result;
    for (const Net::Run& run : backward ? net.backward_runs() : net.forward_runs()) {
      const Layer& layer = net.layer(run.node);
      result.push_back(
          {layer.name(), std::string(layer.kernel()), run.fused, std::chrono::duration<double>(run.time).count()});
    }
    return result;
  });
  py::list table;
  for (const Row& row : rows) table.append(py::make_tuple(row.layer, row.kernel, row.fused, row.seconds));
  return table;
}

py::object receptive_field(GuardedNet& guarded, const std::string& name) {
  const ReceptiveField field = guarded.with([&](Net& net) {
    const int value = net.graph().first_value(net.graph().blob(name));
    return net.receptive_fields()[static_cast<size_t>(value)];
  });
  if (!field.connected) return py::none();
  return py::make_tuple(py::make_tuple(field.h.size, field.w.size), py::make_tuple(field.h.stride, field.w.stride),
                        py::make_tuple(field.h.offset, field.w.offset), field.h.whole && field.w.whole);
}

std::vector<model::LayerWeights> to_weights(
    const std::vector<std::pair<std::string, std::vector<FloatArray>>>& layers) {
  std::vector<model::LayerWeights> weights;
  for (const auto& [name, arrays] : layers) {
    model::LayerWeights layer{.layer = name, .type = {}, .blobs = {}};
    for (const FloatArray& array : arrays) {
      layer.blobs.push_back(
          {shape_of(array), model::Floats(std::vector<float>(array.data(), array.data() + array.size()))});
    }
    weights.push_back(std::move(layer));
  }
  return weights;
}

}  // namespace

void register_net(py::module_& module) {
  module.attr("DEFAULT_MEMORY_LIMIT") = Net::kDefaultMemoryLimit;
  module.def("layer_types", &known_layer_types, "Names of the layer types that can run, sorted.");

  py::class_<GuardedNet> net_class(module, "Net");
  define_passes(net_class);
  net_class
      .def_static(
          "from_file",
          [](const std::filesystem::path& path, const py::dict& options) {
            return make_net([&] { return model::read_net_file(path); }, options);
          },
          py::arg("path"), py::arg("options"))
      .def_static(
          "from_text",
          [](const std::string& text, const std::string& source, const py::dict& options) {
            return make_net([&] { return model::read_net_text(text, source); }, options);
          },
          py::arg("text"), py::arg("source"), py::arg("options"))
      .def("share_params",
           [](GuardedNet& net, GuardedNet& other) {
             // The other net's lock is let go before this one's is taken, so that two nets may share both ways.
             const auto params = other.with([](Net& n) { return n.params_by_layer(); });
             net.with([&](Net& n) { n.share_params(params); });
           })
      .def("clone",
           [](GuardedNet& net) { return std::make_unique<GuardedNet>(net.with([](Net& n) { return n.clone(); })); })
      .def_property_readonly("name", [](GuardedNet& net) { return net.with([](Net& n) { return n.name(); }); })
      .def_property_readonly(
          "half_weights",
          [](GuardedNet& net) { return net.with([](Net& n) { return n.options().kernels.half_weights; }); })
      .def_property_readonly("notes", [](GuardedNet& net) { return net.with([](Net& n) { return n.notes(); }); })
      .def_property_readonly("inputs",
                             [](GuardedNet& net) { return net.with([](Net& n) { return blob_names(n, n.inputs()); }); })
      .def_property_readonly(
          "outputs", [](GuardedNet& net) { return net.with([](Net& n) { return blob_names(n, n.outputs()); }); })
      .def_property_readonly("blob_names",
                             [](GuardedNet& net) {
                               return net.with([](Net& n) {
                                 std::vector<std::string> names;
                                 for (const Graph::Blob& blob : n.graph().blobs()) names.push_back(blob.name);
                                 return names;
                               });
                             })
      .def("layer_table", &layer_table)
      .def("load_file",
           [](GuardedNet& net, const std::filesystem::path& path) {
             net.with([&](Net& n) { n.load(model::read_weights_file(path), path.filename().string()); });
           })
      .def("load_arrays",
           [](GuardedNet& net, const std::vector<std::pair<std::string, std::vector<FloatArray>>>& layers,
              const std::string& source) {
             const std::vector<model::LayerWeights> weights = to_weights(layers);
             net.with([&](Net& n) { n.load(weights, source); });
           })
      .def("fill", [](GuardedNet& net) { net.with([](Net& n) { n.fill(); }); })
      .def("save",
           [](GuardedNet& net, const std::filesystem::path& path) {
             net.with([&](Net& n) { model::write_wire_file(path, n.to_message()); });
           })
      .def("shape",
           [](GuardedNet& net, const std::string& name) {
             return to_tuple(net.with([&](Net& n) { return n.shape(n.graph().last_value(n.graph().blob(name))); }));
           })
      .def("reshape",
           [](GuardedNet& net, const ShapeDict& dict) {
             const InputShapes shapes = to_shapes(dict);
             net.with([&](Net& n) { n.reshape(shapes); });
           })
      .def("blob",
           [](GuardedNet& net, const std::string& name) {
             return view(net.with([&](Net& n) { return n.data(n.current_value(n.graph().blob(name))); }));
           })
      .def("copy",
           [](GuardedNet& net, const std::string& name) {
             return view(net.with([&](Net& n) {
               const int value = n.current_value(n.graph().blob(name));
               Tensor copy(n.shape(value));
               n.copy_data(value, copy.values());
               return copy;
             }));
           })
      .def("diff",
           [](GuardedNet& net, const std::string& name) -> py::object {
             const auto found = net.with([&](Net& n) -> std::optional<Tensor> {
               Tensor* diff = n.diff(n.graph().first_value(n.graph().blob(name)));
               return diff == nullptr ? std::nullopt : std::optional<Tensor>(*diff);
             });
             return found ? py::object(view(*found)) : py::object(py::none());
           })
      .def("params",
           [](GuardedNet& net, int node) {
             const std::vector<Tensor> tensors = net.with([&](Net& n) {
               check_layer(n, node);
               std::vector<Tensor> shown;
               for (const OwnParameter& param : n.params(node))
                 shown.push_back(param.values->show().reshaped(param.shape));
               return shown;
             });
             py::list views;
             for (const Tensor& tensor : tensors) views.append(view(tensor));
             return views;
           })
      .def("receptive_field", &receptive_field)
      .def("runs", &runs, py::arg("backward"))
      .def_property_readonly("reorders", [](GuardedNet& net) { return net.with([](Net& n) { return n.reorders(); }); })
      .def_property_readonly("blob_bytes",
                             [](GuardedNet& net) { return net.with([](Net& n) { return n.blob_bytes(); }); });
}

}  // namespace deepvis::bindings
