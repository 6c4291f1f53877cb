// The extent of a blob along each axis: (N, C, H, W), (N, C), or any other number of axes up to kMaxAxes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace deepvis {

inline constexpr int kMaxAxes = 32;  // Caffe's kMaxBlobAxes

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims);
  // Throws LimitError for more than kMaxAxes axes, a negative extent, or a product that does not fit in 2^31 - 1
  // elements (Caffe's own limit for a blob).
  explicit Shape(std::vector<int64_t> dims);

  int axes() const { return static_cast<int>(dims_.size()); }
  int64_t operator[](int axis) const { return dims_[static_cast<size_t>(axis)]; }
  std::span<const int64_t> dims() const { return dims_; }

  // Number of elements; 1 for a shape of no axes.
  int64_t count() const { return count(0, axes()); }
  // Number of elements over the axes [first, last).
  int64_t count(int first, int last) const;
  int64_t count_from(int first) const { return count(first, axes()); }

  // Turns a possibly negative axis (-1 is the last) into an index in [0, axes()). Throws ShapeError, naming `what`.
  int canonical_axis(int64_t axis, const std::string& what) const;

  // Extent of an axis counted as (N, C, H, W): axes beyond the shape's own have extent 1.
  int64_t n() const { return legacy(0); }
  int64_t c() const { return legacy(1); }
  int64_t h() const { return legacy(2); }
  int64_t w() const { return legacy(3); }

  // A copy with one axis changed; the same checks as the constructor.
  Shape with(int axis, int64_t extent) const;

  // "(1, 3, 227, 227)"
  std::string str() const;

  bool operator==(const Shape&) const = default;

 private:
  int64_t legacy(int axis) const { return axis < axes() ? (*this)[axis] : 1; }
  std::vector<int64_t> dims_;
};

}  // namespace deepvis
