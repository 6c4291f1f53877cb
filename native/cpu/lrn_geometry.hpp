// The sizes and constants of local response normalisation, for all of its kernels.
#pragma once

#include <cstdint>

#include "cpu/pooling_geometry.hpp"

namespace deepvis::cpu {

// y = x · scale^-beta with scale = k + alpha / size · Σ x² over a window of channels.
struct AcrossChannels {
  int64_t images = 0, channels = 0, positions = 0;
  int64_t size = 5;  // channels a window spans; odd
  float alpha = 1, beta = 0.75F, k = 1;
};

// y = x · scale^-beta with scale = 1 + alpha · (average pooling of x²).
struct WithinChannel {
  PoolingGeometry window;  // stride 1, output as large as the input
  float alpha = 1, beta = 0.75F;
};

}  // namespace deepvis::cpu
