// Passes of deepvis._native.Net: forward, backward, and those through one unit's cone.
#include <pybind11/stl.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "bindings/arrays.hpp"
#include "bindings/guarded_net.hpp"
#include "net/cone.hpp"
#include "net/names.hpp"

namespace py = pybind11;

namespace deepvis::bindings {

namespace {

using ArrayDict = std::map<std::string, FloatArray>;

Rule to_rule(const std::string& name) {
  if (name == "gradient") return Rule::Gradient;
  if (name == "deconv") return Rule::Deconv;
  if (name == "guided") return Rule::Guided;
  throw UnknownNameError("no backward rule '" + name + "'; there are: gradient, deconv, guided");
}

void set_blob(Net& net, int value, const std::string& name, const Shape& shape, std::span<const float> numbers) {
  if (shape != net.shape(value)) {
    throw ShapeError("'" + name + "' must have the shape " + net.shape(value).str() + ", found " + shape.str() +
                     "; call net.reshape(" + name + "=...) first if another size is meant");
  }
  net.set_data(value, numbers);
}

// The value that a caller means who gives a blob: an input as it enters, any other blob as it is when finished.
int settable_value(const Net& net, const std::string& name) {
  const int blob = net.graph().blob(name);
  const int first = net.graph().first_value(blob);
  return net.is_input(first) ? first : net.graph().last_value(blob);
}

std::map<std::string, Tensor> copies(const ArrayDict& arrays) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, array] : arrays) tensors.emplace(name, copy_of(array));
  return tensors;
}

std::vector<std::string> forward(GuardedNet& guarded, const ArrayDict& inputs, const std::optional<std::string>& start,
                                 const std::optional<std::string>& end) {
  // The arrays stay alive, and where their numbers are is found out, while the interpreter is held.
  std::vector<std::tuple<std::string, Shape, std::span<const float>>> given;
  for (const auto& [name, array] : inputs) given.emplace_back(name, shape_of(array), values_of(array));
  return guarded.with([&](Net& net) {
    const std::vector<int> givens = start ? forward_givens(net.graph(), *start) : std::vector<int>{};
    const std::vector<int> targets = end ? forward_targets(net.graph(), *end) : net.outputs();
    for (const auto& [name, shape, numbers] : given) {
      const int value = settable_value(net, name);
      if (!net.is_input(value) && std::find(givens.begin(), givens.end(), value) == givens.end()) {
        throw UnknownNameError("'" + name + "' is neither an input of this net nor where the pass starts");
      }
    }
    for (const auto& [name, shape, numbers] : given) set_blob(net, settable_value(net, name), name, shape, numbers);
    net.forward_to(givens, targets);
    return blob_names(net, targets);
  });
}

// The name of the first of the ends that a backward pass reached.
std::string reached(Net& net, const std::vector<int>& ends, const std::string& start,
                    const std::optional<std::string>& end) {
  for (const int value : ends) {
    if (net.diff(value) != nullptr) return net.blob_name(value);
  }
  throw UnknownNameError("'" + start + "' does not depend on " +
                         (end ? "'" + *end + "'" : std::string("any input of this net")));
}

std::string backward(GuardedNet& guarded, const std::string& start, const FloatArray& seed,
                     const std::optional<std::string>& end, const std::string& rule) {
  Tensor signal = copy_of(seed);
  return guarded.with([&](Net& net) {
    const Graph& graph = net.graph();
    std::vector<int> ends = net.inputs();
    if (end) ends = {graph.first_value(graph.blob(*end))};
    // A layer that is named to start from, rather than a blob, may stand above the blob's first value.
    net.backward({{backward_start(graph, start), std::move(signal)}}, ends, to_rule(rule));
    return reached(net, ends, start, end);
  });
}

std::string backward_from_position(GuardedNet& guarded, const std::string& start, const std::vector<int64_t>& channels,
                                   int64_t y, int64_t x, const std::string& rule) {
  return guarded.with([&](Net& net) {
    net.backward_from_position(backward_start(net.graph(), start), channels, y, x, to_rule(rule));
    return reached(net, net.inputs(), start, std::nullopt);
  });
}

void backward_range(GuardedNet& guarded, const ArrayDict& seeds, int first, int last, const std::string& rule) {
  const std::map<std::string, Tensor> signals = copies(seeds);
  guarded.with([&](Net& net) {
    const Graph& graph = net.graph();
    check_layer(net, first);
    check_layer(net, last);
    std::vector<Net::Seed> starts;
    for (const auto& [name, tensor] : signals) {
      const int blob = graph.blob(name);
      // The value of that blob as it stands when layer `first` has run.
      int from = graph.first_value(blob);
      for (const int value : graph.blobs()[static_cast<size_t>(blob)].values) {
        if (graph.values()[static_cast<size_t>(value)].producer <= first) from = value;
      }
      starts.push_back({from, tensor});
    }
    // Down to whatever the layers of the range take from below it, and to the inputs within.
    std::vector<int> ends;
    for (int node = last; node <= first; ++node) {
      const Graph::Node& layer = graph.nodes()[static_cast<size_t>(node)];
      if (layer.bottoms.empty()) ends.insert(ends.end(), layer.tops.begin(), layer.tops.end());
      for (const int bottom : layer.bottoms) {
        if (graph.values()[static_cast<size_t>(bottom)].producer < last) ends.push_back(bottom);
      }
    }
    net.backward(starts, ends, to_rule(rule));
  });
}

// A unit that a cone leads to: a blob, a position, and each image's channel.
struct UnitPlace {
  std::string blob;
  int64_t y, x;
  std::vector<int64_t> channels;
};

// The cone of a blob's finished value.
Cone& cone_of(Net& net, const UnitPlace& unit) {
  const int target = net.graph().last_value(net.graph().blob(unit.blob));
  const Shape& shape = net.shape(target);
  if (static_cast<int64_t>(unit.channels.size()) != shape.n()) {
    throw ShapeError("expected a channel for each of the " + std::to_string(shape.n()) + " images, found " +
                     std::to_string(unit.channels.size()));
  }
  for (const int64_t channel : unit.channels) {
    if (channel < 0 || channel >= shape.c()) {
      throw UnknownNameError("no channel " + std::to_string(channel) + " in '" + unit.blob + "', whose shape is " +
                             shape.str());
    }
  }
  const bool one = std::all_of(unit.channels.begin(), unit.channels.end(),
                               [&](int64_t channel) { return channel == unit.channels[0]; });
  return net.cone(target, unit.y, unit.x, one ? std::optional(unit.channels[0]) : std::nullopt);
}

py::array_t<float> forward_cone(GuardedNet& guarded, const std::string& blob, int64_t y, int64_t x,
                                const std::vector<int64_t>& channels, const ArrayDict& inputs, bool before_in_place) {
  std::vector<std::tuple<std::string, Shape, std::span<const float>>> given;
  for (const auto& [name, array] : inputs) given.emplace_back(name, shape_of(array), values_of(array));
  const std::vector<float> found = guarded.with([&](Net& net) {
    const UnitPlace unit{blob, y, x, channels};
    Cone& cone = cone_of(net, unit);
    for (const int input : net.inputs()) {
      const std::string& name = net.blob_name(input);
      const auto own =
          std::find_if(given.begin(), given.end(), [&](const auto& each) { return std::get<0>(each) == name; });
      if (own == given.end()) {
        std::vector<float> present(static_cast<size_t>(net.shape(input).count()));
        net.copy_data(input, present);
        cone.set_input(input, present);
        continue;
      }
      if (std::get<1>(*own) != net.shape(input)) {
        throw ShapeError("'" + name + "' must have the shape " + net.shape(input).str() + ", found " +
                         std::get<1>(*own).str());
      }
      cone.set_input(input, std::get<2>(*own));
    }
    cone.forward();
    return cone.activations(before_in_place ? backward_start(net.graph(), blob) : cone.target(), channels);
  });
  py::array_t<float> result(static_cast<py::ssize_t>(found.size()));
  std::copy(found.begin(), found.end(), result.mutable_data());
  return result;
}

// The signal at an input's part, and where that lies: (array, top, left).
py::tuple backward_cone(GuardedNet& guarded, const std::string& blob, int64_t y, int64_t x,
                        const std::vector<int64_t>& channels, const std::vector<float>& seeds, const std::string& rule,
                        const std::string& input) {
  struct Found {
    Tensor signal;
    Box box;
  };
  Found found = guarded.with([&](Net& net) {
    const int end = net.graph().first_value(net.graph().blob(input));
    Cone& cone = cone_of(net, {blob, y, x, channels});
    if (seeds.size() != channels.size()) {
      throw ShapeError("expected a seed for each of the " + std::to_string(channels.size()) + " images, found " +
                       std::to_string(seeds.size()));
    }
    cone.backward(backward_start(net.graph(), blob), channels, seeds, to_rule(rule));
    const Tensor* signal = cone.signal(end);
    if (signal == nullptr) throw UnknownNameError("'" + blob + "' does not depend on '" + input + "'");
    Tensor copy(signal->shape());
    std::copy_n(signal->data(), signal->values().size(), copy.data());
    return Found{std::move(copy), cone.box(end)};
  });
  return py::make_tuple(view(found.signal), found.box.top, found.box.left);
}

// The part of an input that a unit sees: (top, left, height, width).
py::tuple cone_box(GuardedNet& guarded, const std::string& blob, int64_t y, int64_t x, const std::string& input) {
  const Box box = guarded.with([&](Net& net) {
    const int end = net.graph().first_value(net.graph().blob(input));
    const std::vector<int64_t> channels(static_cast<size_t>(net.shape(end).n()), 0);
    return cone_of(net, {blob, y, x, channels}).box(end);
  });
  return py::make_tuple(box.top, box.left, box.height, box.width);
}

}  // namespace

void define_passes(py::class_<GuardedNet>& net_class) {
  net_class.def("forward", &forward, py::arg("inputs"), py::arg("start"), py::arg("end"))
      .def("forward_range",
           [](GuardedNet& net, int first, int last) {
             net.with([&](Net& n) {
               check_layer(n, first);
               check_layer(n, last);
               n.forward_range(first, last);
             });
           })
      .def("backward", &backward, py::arg("start"), py::arg("seed"), py::arg("end"), py::arg("rule"))
      .def("backward_range", &backward_range, py::arg("seeds"), py::arg("first"), py::arg("last"), py::arg("rule"))
      .def("backward_from_position", &backward_from_position, py::arg("start"), py::arg("channels"), py::arg("y"),
           py::arg("x"), py::arg("rule"))
      .def("forward_cone", &forward_cone, py::arg("blob"), py::arg("y"), py::arg("x"), py::arg("channels"),
           py::arg("inputs"), py::arg("before_in_place"))
      .def("backward_cone", &backward_cone, py::arg("blob"), py::arg("y"), py::arg("x"), py::arg("channels"),
           py::arg("seeds"), py::arg("rule"), py::arg("wrt"))
      .def("cone_box", &cone_box, py::arg("blob"), py::arg("y"), py::arg("x"), py::arg("wrt"))
      .def("remarks", [](GuardedNet& net, const std::string& rule) {
        const Rule wanted = to_rule(rule);
        return net.with([&](Net& n) {
          std::vector<std::string> remarks;
          for (size_t i = 0; i < n.graph().nodes().size(); ++i) {
            if (std::string text = n.layer(static_cast<int>(i)).remark(wanted); !text.empty()) remarks.push_back(text);
          }
          return remarks;
        });
      });
}

}  // namespace deepvis::bindings
