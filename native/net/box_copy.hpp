// Parts of blobs: taking them out and putting them in.
#pragma once

#include "core/layout.hpp"
#include "core/shape.hpp"
#include "net/cone_plan.hpp"

namespace deepvis {

// Copies the rows and columns `box` of a blob (N, C, H, W) to a blob of the box's size, both in this layout. A blob
// without positions is copied as it is.
void take_box(const Shape& whole, Layout layout, const float* from, const Box& box, float* to);
// Adds such a part to its place in the whole.
void add_box(const Shape& whole, Layout layout, const float* part, const Box& box, float* to);

}  // namespace deepvis
