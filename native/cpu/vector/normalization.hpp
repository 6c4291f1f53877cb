// LRN by the vector kernels, channels last. Nothing is kept for the way back: it is worked out again from the input.
#pragma once

#include "cpu/lrn_geometry.hpp"

namespace deepvis::cpu::vector {

void lrn_across_forward(const AcrossChannels& geometry, const float* input, float* output);
void lrn_across_backward(const AcrossChannels& geometry, const float* input, const float* output_diff,
                         float* input_diff);

void lrn_within_forward(const WithinChannel& geometry, const float* input, float* output);
void lrn_within_backward(const WithinChannel& geometry, const float* input, const float* output_diff,
                         float* input_diff);

}  // namespace deepvis::cpu::vector
