// Cutting a blob into parts along one axis, and joining parts to a blob.
#pragma once

#include <algorithm>
#include <span>

#include "core/parallel.hpp"
#include "layers/layer.hpp"

namespace deepvis {

// Whether blobs cut along this axis can be cut with channels last too.
inline bool cuts_channels(const Shape& whole, int axis) { return whole.axes() == 4 && axis == 1; }

// The whole consists of lines; of each, a part is one piece.
class CutLines {
 public:
  CutLines(const Shape& whole, int axis, Layout layout) : axis_(axis) {
    if (layout == Layout::ChannelsLast) {
      lines_ = whole.n() * whole.h() * whole.w();
    } else {
      lines_ = whole.count(0, axis);
      of_element_ = whole.count_from(axis + 1);
    }
    line_ = whole[axis] * of_element_;
  }

  void join(std::span<const ConstView> parts, float* whole) const {
    each(parts, [whole](const ConstView& part, int64_t in_whole, int64_t in_part, int64_t length) {
      std::copy_n(part.data + in_part, length, whole + in_whole);
    });
  }

  // Parts without data are left out.
  void cut(const float* whole, std::span<const View> parts) const {
    each(parts, [whole](const View& part, int64_t in_whole, int64_t in_part, int64_t length) {
      if (part.data != nullptr) std::copy_n(whole + in_whole, length, part.data + in_part);
    });
  }

 private:
  // Calls copy(part, offset in the whole, offset in the part, length) for every piece, in the whole's order.
  template <class Part, class Copy>
  void each(std::span<Part> parts, Copy copy) const {
    constexpr int64_t kTask = 1 << 14;  // values
    const int64_t lines_of_task = std::max<int64_t>(1, kTask / std::max<int64_t>(1, line_));
    for_each_task((lines_ + lines_of_task - 1) / lines_of_task, lines_ * line_, [&](int64_t task) {
      const int64_t first = task * lines_of_task;
      const int64_t last = std::min(lines_, first + lines_of_task);
      int64_t at = 0;
      for (const auto& part : parts) {
        const int64_t length = (*part.shape)[axis_] * of_element_;
        for (int64_t line = first; line < last; ++line) copy(part, line * line_ + at, line * length, length);
        at += length;
      }
    });
  }

  int axis_;
  int64_t lines_ = 0;
  int64_t line_ = 0;        // values in one
  int64_t of_element_ = 1;  // values to each element along the axis
};

}  // namespace deepvis
