// How Scale and Bias lay their second operand along the axes of their first.
#pragma once

#include "layers/layer.hpp"

namespace deepvis {

// Element i of the first operand meets element i / inner % extent of the second.
struct Broadcast {
  Shape operand;  // the second operand's shape
  int64_t inner = 1;
  int64_t extent = 1;
  int64_t outer = 1;
  int64_t index(int64_t element) const { return element / inner % extent; }
};

// The operand that a param message with `axis` and `num_axes` asks for, or the one that bottom 1 gives. Throws through
// layer.fail().
Broadcast broadcast(const Layer& layer, const model::Message& param, std::span<const Shape> bottoms);

}  // namespace deepvis
