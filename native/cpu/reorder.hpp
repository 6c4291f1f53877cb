// From one layout to the other.
#pragma once

#include "core/shape.hpp"

namespace deepvis::cpu {

// The shape is (N, C, H, W).
void to_channels_last(const Shape& shape, const float* plain, float* channels_last);
void to_plain(const Shape& shape, const float* channels_last, float* plain);

}  // namespace deepvis::cpu
