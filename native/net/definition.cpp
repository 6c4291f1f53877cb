#include "net/definition.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/error.hpp"

namespace deepvis {

namespace {

using model::Message;

constexpr std::array<std::string_view, 5> kDataTypes = {"Data", "HDF5Data", "ImageData", "MemoryData", "WindowData"};
constexpr std::array<std::string_view, 11> kTrainingTypes = {
    "Accuracy", "ContrastiveLoss",         "EuclideanLoss",           "HDF5Output",      "HingeLoss",  "InfogainLoss",
    "Loss",     "MultinomialLogisticLoss", "SigmoidCrossEntropyLoss", "SoftmaxWithLoss", "TripletLoss"};

template <size_t N>
bool is_one_of(std::string_view type, const std::array<std::string_view, N>& types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool has_text(const Message& message, std::string_view field, std::string_view wanted) {
  for (size_t i = 0; i < message.size(field); ++i) {
    if (message.text(field, i) == wanted) return true;
  }
  return false;
}

std::string describe(const Message& layer) {
  return layer.place() + (layer.place().empty() ? "" : ": ") + "layer '" + std::string(layer.text("name")) + "' (" +
         std::string(layer.text("type")) + ")";
}

// Caffe's StateMeetsRule, for the TEST phase at level 0.
bool meets(const Message& state, const Message& rule) {
  if (rule.has("phase") && rule.choice_name("phase") != "TEST") return false;
  const int64_t level = state.integer("level");
  if (rule.has("min_level") && level < rule.integer("min_level")) return false;
  if (rule.has("max_level") && level > rule.integer("max_level")) return false;
  for (size_t i = 0; i < rule.size("stage"); ++i) {
    if (!has_text(state, "stage", rule.text("stage", i))) return false;
  }
  for (size_t i = 0; i < rule.size("not_stage"); ++i) {
    if (has_text(state, "stage", rule.text("not_stage", i))) return false;
  }
  return true;
}

bool included(const Message& state, const Message& layer) {
  for (size_t i = 0; i < layer.size("exclude"); ++i) {
    if (meets(state, layer.message("exclude", i))) return false;
  }
  if (!layer.has("include")) return true;
  for (size_t i = 0; i < layer.size("include"); ++i) {
    if (meets(state, layer.message("include", i))) return true;
  }
  return false;
}

void set_shape(Message& input_layer, const std::vector<Shape>& shapes) {
  Message& param = input_layer.mutable_message("input_param");
  param.clear("shape");
  for (const Shape& shape : shapes) {
    Message& dims = param.add_message("shape");
    for (const int64_t dim : shape.dims()) dims.add_integer("dim", dim);
  }
}

// What a data layer's file says of the shape of one image: (1, C, H, W), or no axes where it does not say.
Shape shape_of_data(const Message& layer) {
  const Message& transform = layer.message("transform_param");
  const Message& image = layer.message("image_data_param");
  const Message& memory = layer.message("memory_data_param");
  if (memory.has("channels") && memory.has("height") && memory.has("width")) {
    return Shape{1, memory.integer("channels"), memory.integer("height"), memory.integer("width")};
  }
  const int64_t channels = transform.size("mean_value") == 1 || !image.flag("is_color") ? 1 : 3;
  if (transform.has("crop_size")) {
    return Shape{1, channels, transform.integer("crop_size"), transform.integer("crop_size")};
  }
  if (image.has("new_height") && image.has("new_width")) {
    return Shape{1, channels, image.integer("new_height"), image.integer("new_width")};
  }
  return {};
}

// The Input layer that stands for a data layer: its first top; the others (labels) go to `dropped`.
Message input_for(const Message& layer, const InputShapes& input_shapes, std::set<std::string>& dropped,
                  std::vector<std::string>& notes) {
  if (!layer.has("top")) throw FormatError(describe(layer) + ": expected at least one top, found none");
  const std::string blob(layer.text("top"));
  const auto given = input_shapes.find(blob);
  const Shape shape = given != input_shapes.end() ? given->second : shape_of_data(layer);
  if (shape.axes() == 0) {
    throw FormatError(describe(layer) + ": the file does not say how large its data are; give input_shapes={'" + blob +
                      "': (1, C, H, W)}");
  }
  for (size_t i = 1; i < layer.size("top"); ++i) dropped.insert(std::string(layer.text("top", i)));
  notes.push_back(describe(layer) + ": a data layer; '" + blob + "' is an input of shape " + shape.str() + " instead");
  Message input(layer.type());
  input.set_text("name", layer.text("name"));
  input.set_text("type", "Input");
  input.add_text("top", blob);
  set_shape(input, {shape});
  return input;
}

// The name of a bottom that no layer makes because what made it was left out; empty when there is none.
std::string dropped_bottom(const Message& layer, const std::set<std::string>& dropped) {
  for (size_t i = 0; i < layer.size("bottom"); ++i) {
    std::string bottom(layer.text("bottom", i));
    if (dropped.contains(bottom)) return bottom;
  }
  return {};
}

void drop(const Message& layer, const std::string& why, Definition& definition, std::set<std::string>& dropped) {
  definition.notes.push_back(describe(layer) + ": left out, " + why);
  for (size_t i = 0; i < layer.size("top"); ++i) {
    // An in-place layer's top is there without it.
    if (!has_text(layer, "bottom", layer.text("top", i))) dropped.insert(std::string(layer.text("top", i)));
  }
}

// Replaces the shapes of an Input layer's tops by those the caller gave.
void override_shapes(Message& layer, const InputShapes& input_shapes) {
  const Message& own = layer.message("input_param");
  const size_t tops = layer.size("top");
  std::vector<Shape> shapes;
  bool changed = false;
  for (size_t top = 0; top < tops; ++top) {
    const auto given = input_shapes.find(std::string(layer.text("top", top)));
    if (given != input_shapes.end()) {
      shapes.push_back(given->second);
      changed = true;
      continue;
    }
    const size_t count = own.size("shape");
    if (count != 1 && top >= count) return;  // the layer itself will say what is missing
    const Message& shape = own.message("shape", count == 1 ? 0 : top);
    std::vector<int64_t> dims;
    for (size_t i = 0; i < shape.size("dim"); ++i) dims.push_back(shape.integer("dim", i));
    shapes.emplace_back(std::move(dims));
  }
  if (changed) set_shape(layer, shapes);
}

}  // namespace

Definition inference_definition(const Message& net, const InputShapes& input_shapes) {
  Definition definition{.name = std::string(net.text("name")), .layers = {}, .notes = {}};
  std::set<std::string> dropped;  // blobs that are not there because their layer was left out
  for (size_t i = 0; i < net.size("layer"); ++i) {
    const Message& layer = net.message("layer", i);
    const std::string_view type = layer.text("type");
    if (!included(net.message("state"), layer)) continue;
    if (is_one_of(type, kDataTypes)) {
      definition.layers.push_back(input_for(layer, input_shapes, dropped, definition.notes));
    } else if (is_one_of(type, kTrainingTypes)) {
      drop(layer, "it is for training and testing only", definition, dropped);
    } else if (const std::string bottom = dropped_bottom(layer, dropped); !bottom.empty()) {
      drop(layer, "its bottom '" + bottom + "' belongs to a layer that was", definition, dropped);
    } else {
      definition.layers.push_back(layer);
      definition.layers.back().clear("blobs");
      if (type == "Input") override_shapes(definition.layers.back(), input_shapes);
    }
  }
  if (definition.layers.empty()) {
    throw FormatError((net.place().empty() ? "" : net.place() + ": ") + std::string("no layers in this net"));
  }
  return definition;
}

}  // namespace deepvis
