// How a smaller operand lies along the axes of a larger one: one value a channel, say.
#pragma once

#include <algorithm>

#include "core/parallel.hpp"
#include "layers/layer.hpp"

namespace deepvis {

// Element i of the first operand, laid out plainly, meets element i / inner % extent of the second.
struct Broadcast {
  Shape operand;  // the second operand's shape
  int64_t inner = 1;
  int64_t extent = 1;
  int64_t outer = 1;

  // A value for each channel of a (N, C, H, W) or (N, C) blob: this also has a meaning with channels last.
  static Broadcast by_channel(const Shape& blob);
  bool is_by_channel(const Shape& blob) const;

  // Calls body(i, at) for each of `count` elements in memory order, where element i meets element `at`.
  template <class Body>
  void each(Layout layout, int64_t count, Body body) const {
    const int64_t run = layout == Layout::ChannelsLast ? 1 : inner;
    const int64_t line = run == 1 ? extent : run;  // along it, either every element meets another or all meet one
    const int64_t lines = count / line;
    const int64_t lines_of_task = std::max<int64_t>(1, (1 << 14) / line);
    for_each_task((lines + lines_of_task - 1) / lines_of_task, count, [&](int64_t task) {
      const Body own = body;
      const int64_t last = std::min(lines, (task + 1) * lines_of_task);
      for (int64_t at = task * lines_of_task; at < last; ++at) {
        const int64_t first = at * line;
        if (run == 1) {
          for (int64_t i = 0; i < line; ++i) own(first + i, i);
        } else {
          for (int64_t i = 0; i < line; ++i) own(first + i, at % extent);
        }
      }
    });
  }
};

// out[at] = Σ value(i) over the elements i that meet `at`.
template <class Value>
void sum_up(const Broadcast& meeting, Layout layout, int64_t count, float* out, Value value) {
  std::fill_n(out, meeting.extent, 0.0F);
  const int64_t run = layout == Layout::ChannelsLast ? 1 : meeting.inner;
  for (int64_t i = 0; i < count; ++i) out[i / run % meeting.extent] += value(i);
}

// The operand that a param message with `axis` and `num_axes` asks for, or the one that bottom 1 gives. Throws through
// layer.fail().
Broadcast broadcast(const Layer& layer, const model::Message& param, std::span<const Shape> bottoms);

}  // namespace deepvis
