// Pooling by the vector kernels, channels last. The sizes are those of the reference kernels, with `planes` the images
// times the channels.
#pragma once

#include "cpu/pooling_geometry.hpp"

namespace deepvis::cpu::vector {

void max_pooling_forward(const PoolingGeometry& geometry, const float* input, float* output);
// Finds the chosen inputs again: where they first equal the output.
void max_pooling_backward(const PoolingGeometry& geometry, const float* input, const float* output,
                          const float* output_diff, float* input_diff);

void average_pooling_forward(const PoolingGeometry& geometry, const float* input, float* output);
void average_pooling_backward(const PoolingGeometry& geometry, const float* output_diff, float* input_diff);

}  // namespace deepvis::cpu::vector
