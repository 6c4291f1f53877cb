// The sizes of a two-dimensional convolution, for all of its kernels.
#pragma once

#include <cstdint>

namespace deepvis::cpu {

// Output position (y, x) sees the input positions y · stride - pad + k · dilation, k = 0 .. kernel - 1; what lies
// outside of the input is 0. Padding below and to the right follows from the output's size. A negative pad leaves out
// input that no output sees.
struct ConvolutionGeometry {
  int64_t images = 0;
  int64_t channels = 0, height = 0, width = 0;               // input
  int64_t outputs = 0, output_height = 0, output_width = 0;  // output
  int64_t group = 1;
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0;
  int64_t dilation_h = 1, dilation_w = 1;

  int64_t group_channels() const { return channels / group; }
  int64_t group_outputs() const { return outputs / group; }
  // Multiplications in one pass over it, either way.
  int64_t operations() const {
    return images * outputs * output_height * output_width * group_channels() * kernel_h * kernel_w;
  }
  bool operator==(const ConvolutionGeometry&) const = default;
};

}  // namespace deepvis::cpu
