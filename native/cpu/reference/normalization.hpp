// Local response normalisation, across channels and within one, forward and back.
#pragma once

#include <cstdint>

#include "cpu/reference/pooling.hpp"

namespace deepvis::cpu::reference {

struct AcrossChannels {
  int64_t images = 0, channels = 0, positions = 0;
  int64_t size = 5;  // channels a window spans; odd
  float alpha = 1, beta = 0.75F, k = 1;
};

// output = input · scale^-beta with scale = k + alpha / size · Σ input² over the window. `scale` is kept for backward.
void lrn_across_forward(const AcrossChannels& geometry, const float* input, float* output, float* scale);
void lrn_across_backward(const AcrossChannels& geometry, const float* input, const float* output, const float* scale,
                         const float* output_diff, float* input_diff);

struct WithinChannel {
  PoolingGeometry window;  // stride 1, output as large as the input
  float alpha = 1, beta = 0.75F;
};

// output = input · scale^-beta with scale = 1 + alpha · (average pooling of input²). `scale` is kept for backward.
void lrn_within_forward(const WithinChannel& geometry, const float* input, float* output, float* scale);
void lrn_within_backward(const WithinChannel& geometry, const float* input, const float* scale,
                         const float* output_diff, float* input_diff);

}  // namespace deepvis::cpu::reference
