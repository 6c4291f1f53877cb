#include "net/box_copy.hpp"

#include <algorithm>

#include "cpu/vector/kernels.hpp"

namespace deepvis {

namespace {

// Calls visit(offset in the whole, offset in the part, length) for each run of elements that lie side by side in both.
template <class Visit>
void for_each_run(const Shape& whole, Layout layout, const Box& box, Visit visit) {
  if (whole.axes() != 4) return visit(0, 0, whole.count());
  const bool last = layout == Layout::ChannelsLast;
  const int64_t planes = last ? whole.n() : whole.n() * whole.c();
  const int64_t pixel = last ? whole.c() : 1;
  for (int64_t plane = 0; plane < planes; ++plane) {
    for (int64_t row = 0; row < box.height; ++row) {
      visit(((plane * whole.h() + box.top + row) * whole.w() + box.left) * pixel,
            (plane * box.height + row) * box.width * pixel, box.width * pixel);
    }
  }
}

}  // namespace

void take_box(const Shape& whole, Layout layout, const float* from, const Box& box, float* to) {
  for_each_run(whole, layout, box, [&](int64_t in_whole, int64_t in_part, int64_t length) {
    std::copy_n(from + in_whole, length, to + in_part);
  });
}

void add_box(const Shape& whole, Layout layout, const float* part, const Box& box, float* to) {
  for_each_run(whole, layout, box, [&](int64_t in_whole, int64_t in_part, int64_t length) {
    cpu::vector::kernels().add(length, part + in_part, to + in_whole);
  });
}

}  // namespace deepvis
