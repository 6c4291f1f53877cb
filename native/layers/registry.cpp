// The table of layer types.
#include <algorithm>
#include <string>
#include <utility>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

constexpr std::pair<std::string_view, MakeLayer*> kTypes[] = {
    {"AbsVal", make_absval},
    {"ArgMax", make_argmax},
    {"BNLL", make_bnll},
    {"BatchNorm", make_batch_norm},
    {"Bias", make_bias},
    {"Clip", make_clip},
    {"Concat", make_concat},
    {"Convolution", make_convolution},
    {"Crop", make_crop},
    {"Deconvolution", make_deconvolution},
    {"Dropout", make_dropout},
    {"DummyData", make_dummy_data},
    {"ELU", make_elu},
    {"Eltwise", make_eltwise},
    {"Exp", make_exp},
    {"Flatten", make_flatten},
    {"InnerProduct", make_inner_product},
    {"Input", make_input},
    {"LRN", make_lrn},
    {"Log", make_log},
    {"MVN", make_mvn},
    {"PReLU", make_prelu},
    {"Permute", make_permute},
    {"Pooling", make_pooling},
    {"Power", make_power},
    {"ReLU", make_relu},
    {"Reduction", make_reduction},
    {"Reshape", make_reshape},
    {"Scale", make_scale},
    {"Sigmoid", make_sigmoid},
    {"Silence", make_silence},
    {"Slice", make_slice},
    {"Softmax", make_softmax},
    {"Split", make_split},
    {"Swish", make_swish},
    {"TanH", make_tanh},
    {"Threshold", make_threshold},
    {"Tile", make_tile},
};

}  // namespace

std::vector<std::string> known_layer_types() {
  std::vector<std::string> names;
  for (const auto& [name, make] : kTypes) names.emplace_back(name);
  return names;
}

std::unique_ptr<Layer> make_layer(const model::Message& spec) {
  const std::string_view type = spec.text("type");
  for (const auto& [name, make] : kTypes) {
    if (name == type) return make(spec);
  }
  std::string known;
  for (const auto& [name, make] : kTypes) {
    if (!known.empty()) known += ", ";
    known += name;
  }
  const std::string place = spec.place();
  throw FormatError((place.empty() ? "" : place + ": ") + "layer '" + std::string(spec.text("name")) +
                    "' has the unknown type '" + std::string(type) + "' (known types: " + known + ")");
}

}  // namespace deepvis
