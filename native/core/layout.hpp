// How a blob lies in memory. Outside the engine it is always plain.
#pragma once

#include <cstdint>

#include "core/shape.hpp"

namespace deepvis {

enum class Layout : uint8_t {
  Plain,         // as the shape says: (N, C, H, W)
  ChannelsLast,  // (N, H, W, C): a pixel's channels side by side, which is what the fast kernels run over
};

// Whether both layouts put every element of such a blob in the same place.
inline bool layouts_coincide(const Shape& shape) {
  return shape.axes() != 4 || shape.c() == 1 || shape.h() * shape.w() == 1;
}

}  // namespace deepvis
