// Two-dimensional convolution, grouped and dilated, forward and back to its input. Deconvolution is the same two
// functions with their roles exchanged.
#pragma once

#include <memory>

#include "cpu/convolution.hpp"

namespace deepvis::cpu::reference {

// output = weights * input + bias. input (N, C, H, W); weights (O, C / group, kernel_h, kernel_w); bias (O) or null;
// output (N, O, H', W').
void convolution_forward(const ConvolutionGeometry& geometry, const float* input, const float* weights,
                         const float* bias, float* output);

// input_diff = transposed weights * output_diff; the bias plays no part. Overwrites input_diff.
void convolution_backward(const ConvolutionGeometry& geometry, const float* output_diff, const float* weights,
                          float* input_diff);

// output[n, o, :, :] += bias[o].
void add_bias(int64_t images, int64_t outputs, int64_t positions, const float* bias, float* output);

std::unique_ptr<Convolution> make_convolution(const ConvolutionGeometry& geometry);

}  // namespace deepvis::cpu::reference
