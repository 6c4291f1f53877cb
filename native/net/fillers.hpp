// Initial weights, as a prototxt's weight_filler asks for them.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"
#include "model/message.hpp"

namespace deepvis {

// Fills `values` as `filler` (a FillerParameter) says: constant, uniform, gaussian, positive_unitball, xavier, msra or
// bilinear. The same seed gives the same values. Throws FormatError, naming `where`, for an unknown type or one that
// does not fit the shape.
void fill(Tensor& values, const model::Message& filler, uint64_t seed, const std::string& where);

}  // namespace deepvis
