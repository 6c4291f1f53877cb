// Limits that a kernel holds its outputs to.
#pragma once

#include <algorithm>
#include <limits>

namespace deepvis::cpu {

// A ReLU is {0, ∞}; done by the kernel before it, while the outputs are at hand, it costs nothing.
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();

  bool operator==(const Clamp&) const = default;
  // This, and then `next`.
  Clamp then(const Clamp& next) const {
    return {std::clamp(low, next.low, next.high), std::clamp(high, next.low, next.high)};
  }
};

}  // namespace deepvis::cpu
