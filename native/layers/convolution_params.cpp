#include "layers/convolution_params.hpp"

#include <limits>

namespace deepvis {

namespace {

// One spatial setting, given as NAME (one value for both axes or one each) or as NAME_h and NAME_w.
struct Pair {
  int64_t h, w;
};

Pair read_pair(const Layer& layer, const model::Message& param, const std::string& name, const std::string& prefix,
               int64_t missing) {
  const std::string name_h = prefix + "_h";
  const std::string name_w = prefix + "_w";
  const size_t given = param.size(name);
  if (param.type().find(name_h) != nullptr && (param.has(name_h) || param.has(name_w))) {
    if (given > 0) layer.fail<FormatError>("give either " + name + " or " + name_h + " and " + name_w + ", not both");
    return {param.integer(name_h), param.integer(name_w)};
  }
  if (given == 0) return {missing, missing};
  if (given > 2) {
    layer.fail<FormatError>(name + " has " + std::to_string(given) +
                            " values; this engine convolves over two spatial axes");
  }
  return {param.integer(name, 0), param.integer(name, given - 1)};
}

void check_range(const Layer& layer, const std::string& name, Pair pair, int64_t least) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max() / 4;
  for (const int64_t value : {pair.h, pair.w}) {
    if (value < least || value > kMost) {
      layer.fail<FormatError>(name + " must be at least " + std::to_string(least) + ", found " + std::to_string(value));
    }
  }
}

}  // namespace

ConvolutionParams read_convolution_params(const Layer& layer, const model::Message& param) {
  if (param.has("axis") && param.integer("axis") != 1 && param.integer("axis") != -3) {
    layer.fail<FormatError>("axis must be 1 (the channels), found " + std::to_string(param.integer("axis")));
  }
  const Pair kernel = read_pair(layer, param, "kernel_size", "kernel", 0);
  const Pair stride = read_pair(layer, param, "stride", "stride", 1);
  const Pair pad = read_pair(layer, param, "pad", "pad", 0);
  const Pair dilation = read_pair(layer, param, "dilation", "dilation", 1);
  check_range(layer, "kernel_size", kernel, 1);
  check_range(layer, "stride", stride, 1);
  check_range(layer, "pad", pad, 0);
  check_range(layer, "dilation", dilation, 1);
  ConvolutionParams params{.outputs = param.integer("num_output"),
                           .group = param.integer("group"),
                           .bias = param.flag("bias_term"),
                           .kernel_h = kernel.h,
                           .kernel_w = kernel.w,
                           .stride_h = stride.h,
                           .stride_w = stride.w,
                           .pad_h = pad.h,
                           .pad_w = pad.w,
                           .dilation_h = dilation.h,
                           .dilation_w = dilation.w};
  if (params.outputs < 1) {
    layer.fail<FormatError>("num_output must be at least 1, found " + std::to_string(params.outputs));
  }
  if (params.group < 1 || params.outputs % params.group != 0) {
    layer.fail<FormatError>("group " + std::to_string(params.group) + " must divide num_output " +
                            std::to_string(params.outputs));
  }
  return params;
}

std::vector<ParamSpec> convolution_param_specs(const ConvolutionParams& params, const model::Message& param,
                                               int64_t rows, int64_t columns) {
  std::vector<ParamSpec> specs;
  specs.push_back({Shape{rows, columns, params.kernel_h, params.kernel_w}, param.message("weight_filler")});
  if (params.bias) specs.push_back({Shape{params.outputs}, param.message("bias_filler")});
  return specs;
}

void check_convolution_input(const Layer& layer, const Shape& bottom, const ConvolutionParams& params) {
  if (bottom.axes() != 4) {
    layer.fail<ShapeError>("expected an input of shape (N, C, H, W), found " + bottom.str());
  }
  if (bottom.c() < 1 || bottom.c() % params.group != 0) {
    layer.fail<ShapeError>("group " + std::to_string(params.group) + " must divide the input's channels " +
                           std::to_string(bottom.c()));
  }
}

cpu::ConvolutionGeometry convolution_geometry(const ConvolutionParams& params) {
  cpu::ConvolutionGeometry geometry;
  geometry.group = params.group;
  geometry.kernel_h = params.kernel_h;
  geometry.kernel_w = params.kernel_w;
  geometry.stride_h = params.stride_h;
  geometry.stride_w = params.stride_w;
  geometry.pad_h = params.pad_h;
  geometry.pad_w = params.pad_w;
  geometry.dilation_h = params.dilation_h;
  geometry.dilation_w = params.dilation_w;
  return geometry;
}

}  // namespace deepvis
