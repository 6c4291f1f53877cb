// Local response normalisation, across channels and within one, forward and back.
#pragma once

#include "cpu/lrn_geometry.hpp"

namespace deepvis::cpu::reference {

// output = input · scale^-beta with scale = k + alpha / size · Σ input² over the window. `scale` is kept for backward.
void lrn_across_forward(const AcrossChannels& geometry, const float* input, float* output, float* scale);
void lrn_across_backward(const AcrossChannels& geometry, const float* input, const float* output, const float* scale,
                         const float* output_diff, float* input_diff);

// output = input · scale^-beta with scale = 1 + alpha · (average pooling of input²). `scale` is kept for backward.
void lrn_within_forward(const WithinChannel& geometry, const float* input, float* output, float* scale);
void lrn_within_backward(const WithinChannel& geometry, const float* input, const float* scale,
                         const float* output_diff, float* input_diff);

}  // namespace deepvis::cpu::reference
