// Two-dimensional convolution, grouped and dilated, forward and back to its input. Deconvolution is the same two
// functions with their roles exchanged.
#pragma once

#include <cstdint>

namespace deepvis::cpu::reference {

struct ConvolutionGeometry {
  int64_t images = 0;
  int64_t channels = 0, height = 0, width = 0;               // input
  int64_t outputs = 0, output_height = 0, output_width = 0;  // output
  int64_t group = 1;
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0;
  int64_t dilation_h = 1, dilation_w = 1;
};

// output = weights * input + bias. input (N, C, H, W); weights (O, C / group, kernel_h, kernel_w); bias (O) or null;
// output (N, O, H', W').
void convolution_forward(const ConvolutionGeometry& geometry, const float* input, const float* weights,
                         const float* bias, float* output);

// input_diff = transposed weights * output_diff; the bias plays no part. Overwrites input_diff.
void convolution_backward(const ConvolutionGeometry& geometry, const float* output_diff, const float* weights,
                          float* input_diff);

// output[n, o, :, :] += bias[o].
void add_bias(int64_t images, int64_t outputs, int64_t positions, const float* bias, float* output);

}  // namespace deepvis::cpu::reference
