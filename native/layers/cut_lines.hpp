// Where the parts of a blob cut along one axis lie in the whole.
#pragma once

#include <algorithm>

#include "core/parallel.hpp"
#include "layers/layer.hpp"

namespace deepvis {

// Whether blobs cut along this axis can be cut with channels last too.
inline bool cuts_channels(const Shape& whole, int axis) { return whole.axes() == 4 && axis == 1; }

// The whole consists of lines; of each, a part is one piece.
struct CutLines {
  int64_t lines = 0;
  int64_t step = 0;        // elements along the axis, to the factor of
  int64_t of_element = 1;  // values to each

  CutLines(const Shape& whole, int axis, Layout layout) {
    if (layout == Layout::ChannelsLast) {
      lines = whole.n() * whole.h() * whole.w();
    } else {
      lines = whole.count(0, axis);
      of_element = whole.count_from(axis + 1);
    }
    step = whole[axis] * of_element;
  }

  // Calls copy(offset in the whole, offset in the part, length) for the part of `extent` elements from `first` on.
  template <class Copy>
  void each(int64_t first, int64_t extent, Copy copy) const {
    const int64_t length = extent * of_element;
    const int64_t lines_of_task = std::max<int64_t>(1, (1 << 14) / std::max<int64_t>(1, length));
    for_each_task((lines + lines_of_task - 1) / lines_of_task, lines * length, [&](int64_t task) {
      const int64_t last = std::min(lines, (task + 1) * lines_of_task);
      for (int64_t line = task * lines_of_task; line < last; ++line) {
        copy(line * step + first * of_element, line * length, length);
      }
    });
  }
};

}  // namespace deepvis
