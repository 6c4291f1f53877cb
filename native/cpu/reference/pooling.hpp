// Max and average pooling, forward and back.
#pragma once

#include "cpu/pooling_geometry.hpp"

namespace deepvis::cpu::reference {

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
