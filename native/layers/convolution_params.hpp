// Reads convolution_param, which Convolution and Deconvolution share.
#pragma once

#include "cpu/convolution.hpp"
#include "layers/layer.hpp"

namespace deepvis {

struct ConvolutionParams {
  int64_t outputs = 0;
  int64_t group = 1;
  bool bias = true;
  int64_t kernel_h = 0, kernel_w = 0;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0;
  int64_t dilation_h = 1, dilation_w = 1;
};

// Throws FormatError through layer.fail() for a missing, zero or absurd value.
ConvolutionParams read_convolution_params(const Layer& layer, const model::Message& param);

// Weight and bias specs; `rows` and `columns` are the weight's first two axes.
std::vector<ParamSpec> convolution_param_specs(const ConvolutionParams& params, const model::Message& param,
                                               int64_t rows, int64_t columns);

// Throws ShapeError through layer.fail() unless the bottom is (N, C, H, W) with C a multiple of the group.
void check_convolution_input(const Layer& layer, const Shape& bottom, const ConvolutionParams& params);

// The geometry of a convolution; the caller fills in images, channels and sizes.
cpu::ConvolutionGeometry convolution_geometry(const ConvolutionParams& params);

inline LayoutRule layout_rule_of(const cpu::Convolution& convolution) {
  return convolution.layout() == Layout::ChannelsLast ? LayoutRule::ChannelsLast : LayoutRule::Plain;
}

}  // namespace deepvis
