#include "model/upgrade_legacy.hpp"

#include <array>
#include <map>

#include "core/error.hpp"
#include "model/upgrade.hpp"

namespace deepvis::model {

namespace {

struct TypeNames {
  int v1;
  std::string_view v2;
  std::string_view v0;  // empty: V0 had no such layer
};

constexpr std::array kTypes = {
    TypeNames{0, "", ""},
    TypeNames{1, "Accuracy", "accuracy"},
    TypeNames{2, "BNLL", "bnll"},
    TypeNames{3, "Concat", "concat"},
    TypeNames{4, "Convolution", "conv"},
    TypeNames{5, "Data", "data"},
    TypeNames{6, "Dropout", "dropout"},
    TypeNames{7, "EuclideanLoss", "euclidean_loss"},
    TypeNames{8, "Flatten", "flatten"},
    TypeNames{9, "HDF5Data", "hdf5_data"},
    TypeNames{10, "HDF5Output", "hdf5_output"},
    TypeNames{11, "Im2col", "im2col"},
    TypeNames{12, "ImageData", "images"},
    TypeNames{13, "InfogainLoss", "infogain_loss"},
    TypeNames{14, "InnerProduct", "innerproduct"},
    TypeNames{15, "LRN", "lrn"},
    TypeNames{16, "MultinomialLogisticLoss", "multinomial_logistic_loss"},
    TypeNames{17, "Pooling", "pool"},
    TypeNames{18, "ReLU", "relu"},
    TypeNames{19, "Sigmoid", "sigmoid"},
    TypeNames{20, "Softmax", "softmax"},
    TypeNames{21, "SoftmaxWithLoss", "softmax_loss"},
    TypeNames{22, "Split", "split"},
    TypeNames{23, "TanH", "tanh"},
    TypeNames{24, "WindowData", "window_data"},
    TypeNames{25, "Eltwise", ""},
    TypeNames{26, "Power", ""},
    TypeNames{27, "SigmoidCrossEntropyLoss", ""},
    TypeNames{28, "HingeLoss", ""},
    TypeNames{29, "MemoryData", ""},
    TypeNames{30, "ArgMax", ""},
    TypeNames{31, "Threshold", ""},
    TypeNames{32, "DummyData", ""},
    TypeNames{33, "Slice", ""},
    TypeNames{34, "MVN", ""},
    TypeNames{35, "AbsVal", ""},
    TypeNames{36, "Silence", ""},
    TypeNames{37, "ContrastiveLoss", ""},
    TypeNames{38, "Exp", ""},
    TypeNames{39, "Deconvolution", ""},
};

// Where a V0 setting goes in V1: from layers of type `layer` (any type when empty) to `field` of message `param`.
struct Move {
  std::string_view from;
  std::string_view layer;
  std::string_view param;
  std::string_view field;
};

constexpr std::array kMoves = {
    Move{"num_output", "conv", "convolution_param", "num_output"},
    Move{"num_output", "innerproduct", "inner_product_param", "num_output"},
    Move{"biasterm", "conv", "convolution_param", "bias_term"},
    Move{"biasterm", "innerproduct", "inner_product_param", "bias_term"},
    Move{"weight_filler", "conv", "convolution_param", "weight_filler"},
    Move{"weight_filler", "innerproduct", "inner_product_param", "weight_filler"},
    Move{"bias_filler", "conv", "convolution_param", "bias_filler"},
    Move{"bias_filler", "innerproduct", "inner_product_param", "bias_filler"},
    Move{"pad", "conv", "convolution_param", "pad"},
    Move{"pad", "pool", "pooling_param", "pad"},
    Move{"kernelsize", "conv", "convolution_param", "kernel_size"},
    Move{"kernelsize", "pool", "pooling_param", "kernel_size"},
    Move{"group", "conv", "convolution_param", "group"},
    Move{"stride", "conv", "convolution_param", "stride"},
    Move{"stride", "pool", "pooling_param", "stride"},
    Move{"pool", "pool", "pooling_param", "pool"},
    Move{"dropout_ratio", "dropout", "dropout_param", "dropout_ratio"},
    Move{"local_size", "lrn", "lrn_param", "local_size"},
    Move{"alpha", "lrn", "lrn_param", "alpha"},
    Move{"beta", "lrn", "lrn_param", "beta"},
    Move{"k", "lrn", "lrn_param", "k"},
    Move{"source", "data", "data_param", "source"},
    Move{"source", "hdf5_data", "hdf5_data_param", "source"},
    Move{"source", "images", "image_data_param", "source"},
    Move{"source", "window_data", "window_data_param", "source"},
    Move{"source", "infogain_loss", "infogain_loss_param", "source"},
    Move{"scale", "", "transform_param", "scale"},
    Move{"meanfile", "", "transform_param", "mean_file"},
    Move{"batchsize", "data", "data_param", "batch_size"},
    Move{"batchsize", "hdf5_data", "hdf5_data_param", "batch_size"},
    Move{"batchsize", "images", "image_data_param", "batch_size"},
    Move{"batchsize", "window_data", "window_data_param", "batch_size"},
    Move{"cropsize", "", "transform_param", "crop_size"},
    Move{"mirror", "", "transform_param", "mirror"},
    Move{"rand_skip", "data", "data_param", "rand_skip"},
    Move{"rand_skip", "images", "image_data_param", "rand_skip"},
    Move{"shuffle_images", "images", "image_data_param", "shuffle"},
    Move{"new_height", "images", "image_data_param", "new_height"},
    Move{"new_width", "images", "image_data_param", "new_width"},
    Move{"concat_dim", "concat", "concat_param", "concat_dim"},
    Move{"det_fg_threshold", "window_data", "window_data_param", "fg_threshold"},
    Move{"det_bg_threshold", "window_data", "window_data_param", "bg_threshold"},
    Move{"det_fg_fraction", "window_data", "window_data_param", "fg_fraction"},
    Move{"det_context_pad", "window_data", "window_data_param", "context_pad"},
    Move{"det_crop_mode", "window_data", "window_data_param", "crop_mode"},
    Move{"hdf5_output_param", "hdf5_output", "hdf5_output_param", ""},  // the message as a whole
};

// Copies a singular field to one of the same kind, which may be repeated.
void copy_field(const Message& from, std::string_view name, Message& to, std::string_view target_name) {
  const Field& field = *from.type().find(name);
  const bool repeated = to.type().find(target_name)->repeated;
  switch (field.type) {
    case FieldType::Message:
      to.mutable_message(target_name) = from.message(name);
      return;
    case FieldType::Float:
    case FieldType::Double:
      return to.set_real(target_name, from.real(name));
    case FieldType::String:
    case FieldType::Bytes:
      return to.set_text(target_name, from.text(name));
    case FieldType::Bool:
      return to.set_flag(target_name, from.flag(name));
    case FieldType::Enum:
      return to.set_choice(target_name, from.choice(name));
    default:
      return repeated ? to.add_integer(target_name, from.integer(name))
                      : to.set_integer(target_name, from.integer(name));
  }
}

// V0 nets pad by a layer of its own before a convolution or pooling: its amount goes into that one, and it goes away.
void fold_padding_layers(Message& net) {
  constexpr size_t kInput = static_cast<size_t>(-1);
  std::map<std::string, size_t, std::less<>> makers;  // the layer that last made each blob
  for (size_t i = 0; i < net.size("input"); ++i) makers[std::string(net.text("input", i))] = kInput;
  for (size_t i = 0; i < net.size("layers"); ++i) {
    Message& layer = net.mutable_message("layers", i);
    const std::string_view type = layer.message("layer").text("type");
    for (size_t b = 0; b < layer.size("bottom"); ++b) {
      const auto maker = makers.find(layer.text("bottom", b));
      if (maker == makers.end()) {
        throw FormatError(layer.place() + ": layer '" + std::string(layer.message("layer").text("name")) +
                          "' takes blob '" + std::string(layer.text("bottom", b)) + "', which nothing before it makes");
      }
      if (maker->second == kInput) continue;
      const Message& source = net.message("layers", maker->second);
      if (source.message("layer").text("type") != "padding") continue;
      if ((type != "conv" && type != "pool") || layer.size("bottom") != 1 || source.size("bottom") != 1 ||
          source.size("top") != 1) {
        throw FormatError(layer.place() + ": padding layer '" + std::string(source.message("layer").text("name")) +
                          "' must have one bottom and one top and feed a layer of type conv or pool, found '" +
                          std::string(type) + "'");
      }
      layer.mutable_message("layer").set_integer("pad", source.message("layer").integer("pad"));
      layer.set_text("bottom", b, source.text("bottom", 0));
    }
    for (size_t t = 0; t < layer.size("top"); ++t) makers[std::string(layer.text("top", t))] = i;
  }
  std::vector<Message> kept;
  for (size_t i = 0; i < net.size("layers"); ++i) {
    Message& layer = net.mutable_message("layers", i);
    if (layer.message("layer").text("type") != "padding") kept.push_back(std::move(layer));
  }
  net.clear("layers");
  for (Message& layer : kept) net.add_message("layers", std::move(layer));
}

Message v1_of_v0(Message& connection) {
  Message layer(connection.type());
  layer.set_place_of(connection);
  for (size_t i = 0; i < connection.size("bottom"); ++i) layer.add_text("bottom", connection.text("bottom", i));
  for (size_t i = 0; i < connection.size("top"); ++i) layer.add_text("top", connection.text("top", i));
  if (!connection.has("layer")) return layer;
  Message& v0 = connection.mutable_message("layer");
  const std::string_view type = v0.text("type");
  if (v0.has("name")) layer.set_text("name", v0.text("name"));
  if (v0.has("type")) {
    const std::optional<int> v1_type = v1_type_of_v0(type);
    if (!v1_type) throw FormatError(v0.place() + ": unknown V0 layer type '" + std::string(type) + "'");
    layer.set_choice("type", *v1_type);
  }
  for (size_t i = 0; i < v0.size("blobs"); ++i) {
    layer.add_message("blobs", std::move(v0.mutable_message("blobs", i)));
  }
  if (v0.has("blobs_lr")) layer.set_floats("blobs_lr", v0.floats("blobs_lr"));
  if (v0.has("weight_decay")) layer.set_floats("weight_decay", v0.floats("weight_decay"));
  for (const Move& move : kMoves) {
    if (!v0.has(move.from) || (!move.layer.empty() && move.layer != type)) continue;
    Message& param = layer.mutable_message(move.param);
    param.set_place_of(v0);
    if (move.field.empty()) {
      param = v0.message(move.from);
    } else {
      copy_field(v0, move.from, param, move.field);
    }
  }
  return layer;
}

// Preprocessing once was a setting of each data layer; it moved to `transform_param`.
void move_transform(Message& layer) {
  const int type = layer.choice("type");
  const std::string_view param = v2_type_of_v1(type) == "Data"         ? "data_param"
                                 : v2_type_of_v1(type) == "ImageData"  ? "image_data_param"
                                 : v2_type_of_v1(type) == "WindowData" ? "window_data_param"
                                                                       : "";
  if (param.empty() || !layer.has(param)) return;
  Message& data = layer.mutable_message(param);
  for (const std::string_view name : {"scale", "mean_file", "crop_size", "mirror"}) {
    if (!data.has(name)) continue;
    copy_field(data, name, layer.mutable_message("transform_param"), name);
    data.clear(name);
  }
}

// The parameter settings of V1 are parallel lists; those of V2 a message for each parameter.
Message& spec_of(Message& layer, size_t index) {
  while (layer.size("param") <= index) layer.add_message("param").set_place_of(layer);
  return layer.mutable_message("param", index);
}

Message v2_of_v1(Message& v1) {
  Message layer(layer_parameter());
  layer.set_place_of(v1);
  for (size_t i = 0; i < v1.size("bottom"); ++i) layer.add_text("bottom", v1.text("bottom", i));
  for (size_t i = 0; i < v1.size("top"); ++i) layer.add_text("top", v1.text("top", i));
  if (v1.has("name")) layer.set_text("name", v1.text("name"));
  if (v1.has("type")) layer.set_text("type", v2_type_of_v1(v1.choice("type")));
  for (const std::string_view name : {"include", "exclude", "blobs"}) {
    for (size_t i = 0; i < v1.size(name); ++i) layer.add_message(name, std::move(v1.mutable_message(name, i)));
  }
  for (size_t i = 0; i < v1.size("param"); ++i) spec_of(layer, i).set_text("name", v1.text("param", i));
  for (size_t i = 0; i < v1.size("blob_share_mode"); ++i) {
    spec_of(layer, i).set_choice("share_mode", v1.choice("blob_share_mode", i));
  }
  for (size_t i = 0; i < v1.size("blobs_lr"); ++i) spec_of(layer, i).set_real("lr_mult", v1.real("blobs_lr", i));
  for (size_t i = 0; i < v1.size("weight_decay"); ++i) {
    spec_of(layer, i).set_real("decay_mult", v1.real("weight_decay", i));
  }
  if (v1.has("loss_weight")) layer.set_floats("loss_weight", v1.floats("loss_weight"));
  for (const Field* field : v1.set_fields()) {  // the layers' own settings kept their names
    if (field->type == FieldType::Message && field->name.ends_with("_param")) {
      layer.mutable_message(field->name) = std::move(v1.mutable_message(field->name));
    }
  }
  return layer;
}

}  // namespace

std::optional<int> v1_type_of_v0(std::string_view v0_type) {
  for (const TypeNames& type : kTypes) {
    if (!v0_type.empty() && type.v0 == v0_type) return type.v1;
  }
  return std::nullopt;
}

std::string_view v2_type_of_v1(int v1_type) {
  return v1_type >= 0 && static_cast<size_t>(v1_type) < kTypes.size() ? kTypes[static_cast<size_t>(v1_type)].v2 : "";
}

void upgrade_v0(Message& net) {
  bool any = false;
  for (size_t i = 0; i < net.size("layers"); ++i) any = any || net.message("layers", i).has("layer");
  if (!any) return;
  fold_padding_layers(net);
  std::vector<Message> layers;
  layers.reserve(net.size("layers"));
  for (size_t i = 0; i < net.size("layers"); ++i) layers.push_back(v1_of_v0(net.mutable_message("layers", i)));
  net.clear("layers");
  for (Message& layer : layers) net.add_message("layers", std::move(layer));
}

void upgrade_v1(Message& net) {
  if (!net.has("layers")) return;
  if (net.has("layer")) {
    throw FormatError(net.message("layer", 0).place() +
                      ": the net has both 'layers' (V1) and 'layer' (V2), and Caffe would drop the latter: use one");
  }
  for (size_t i = 0; i < net.size("layers"); ++i) {
    Message& v1 = net.mutable_message("layers", i);
    move_transform(v1);
    net.add_message("layer", v2_of_v1(v1));
  }
  net.clear("layers");
}

}  // namespace deepvis::model
