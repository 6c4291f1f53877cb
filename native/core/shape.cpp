#include "core/shape.hpp"

#include <limits>

#include "core/error.hpp"

namespace deepvis {

Shape::Shape(std::initializer_list<int64_t> dims) : Shape(std::vector<int64_t>(dims)) {}

Shape::Shape(std::vector<int64_t> dims) : dims_(std::move(dims)) {
  if (axes() > kMaxAxes) {
    throw LimitError("a blob has " + std::to_string(axes()) + " axes; at most " + std::to_string(kMaxAxes) +
                     " are allowed");
  }
  int64_t product = 1;
  for (const int64_t dim : dims_) {
    if (dim < 0) throw LimitError("a blob cannot have a negative extent: " + str());
    if (dim != 0 && product > std::numeric_limits<int32_t>::max() / dim) {
      throw LimitError("a blob of shape " + str() + " has more than 2^31 - 1 elements");
    }
    product *= dim;
  }
}

int64_t Shape::count(int first, int last) const {
  int64_t product = 1;
  for (int axis = first; axis < last; ++axis) product *= (*this)[axis];
  return product;
}

int Shape::canonical_axis(int64_t axis, const std::string& what) const {
  if (axis < -axes() || axis >= axes()) {
    throw ShapeError(what + " " + std::to_string(axis) + " is out of range for a blob of shape " + str() +
                     ": expected " + std::to_string(-axes()) + " to " + std::to_string(axes() - 1));
  }
  return static_cast<int>(axis < 0 ? axis + axes() : axis);
}

Shape Shape::with(int axis, int64_t extent) const {
  std::vector<int64_t> dims = dims_;
  dims[static_cast<size_t>(axis)] = extent;
  return Shape(std::move(dims));
}

std::string Shape::str() const {
  std::string text = "(";
  for (int axis = 0; axis < axes(); ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string((*this)[axis]);
  }
  return text + (axes() == 1 ? ",)" : ")");
}

}  // namespace deepvis
