// Max and average pooling, forward and back.
#pragma once

#include <cstdint>

namespace deepvis::cpu::reference {

struct PoolingGeometry {
  int64_t planes = 0;  // images × channels
  int64_t height = 0, width = 0;
  int64_t output_height = 0, output_width = 0;
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0;
};

// `switches` gets, for each output, the index of the chosen input within its plane: the first in raster order among
// equals, as Caffe's strict comparison has it; -1 where every input was NaN.
void max_pooling_forward(const PoolingGeometry& geometry, const float* input, float* output, int32_t* switches);
// Adds each output's signal at its switch. Overwrites input_diff.
void max_pooling_backward(const PoolingGeometry& geometry, const float* output_diff, const int32_t* switches,
                          float* input_diff);

// The mean over the window, whose size counts padding but not what hangs over the padded border.
void average_pooling_forward(const PoolingGeometry& geometry, const float* input, float* output);
void average_pooling_backward(const PoolingGeometry& geometry, const float* output_diff, float* input_diff);

}  // namespace deepvis::cpu::reference
