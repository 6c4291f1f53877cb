// One pooling window after another, over its channels.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

namespace {

// Calls visit(offset) for each pixel of the rows [from, to) of the window, in raster order.
template <class Visit>
DEEPVIS_ALWAYS_INLINE void for_each_pixel(const PoolWindow& window, int64_t from, int64_t to, Visit visit) {
  for (int64_t row = from; row < to; ++row) {
    for (int64_t column = 0; column < window.columns; ++column) visit(row * window.line + column * window.channels);
  }
}

// The columns that the next window will see beyond this one's.
DEEPVIS_ALWAYS_INLINE void fetch_next(const PoolWindow& window, const float* first) {
  for (int64_t row = 0; row < window.rows; ++row) {
    __builtin_prefetch(first + row * window.line + (window.columns + 1) * window.channels);
  }
}

constexpr float kLeast = -3.402823466e+38F;  // what Caffe starts a maximum from

}  // namespace

void max_pool(const PoolWindow& window, const float* first, float* out) {
  for_each_vector(window.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    Floats best = Floats{} + kLeast;
    fetch_next(window, first + c);
    for_each_pixel(window, 0, window.rows, [&](int64_t offset) __attribute__((always_inline)) {
      const Floats x = load_here(first + offset + c);
      best = x > best ? x : best;
    });
    store_here(out + c, best);
  });
}

void max_pool_back(const PoolWindow& window, const float* first, const float* out, const float* signal,
                   float* first_diff) {
  for_each_vector(window.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    const Floats best = load_here(out + c);
    fetch_next(window, first + c);
    // What is still to be given to the first pixel that equals the maximum.
    Floats left = load_here(signal + c);
    for_each_pixel(window, 0, window.write_from, [&](int64_t offset) __attribute__((always_inline)) {
      left = load_here(first + offset + c) == best ? Floats{} : left;
    });
    for_each_pixel(window, window.write_from, window.write_to, [&](int64_t offset) __attribute__((always_inline)) {
      const Mask taken = load_here(first + offset + c) == best;
      store_here(first_diff + offset + c, load_here(first_diff + offset + c) + (taken ? left : Floats{}));
      left = taken ? Floats{} : left;
    });
  });
}

void average_pool(const PoolWindow& window, const float* first, float scale, float* out) {
  for_each_vector(window.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    Floats sum{};
    for_each_pixel(window, 0, window.rows,
                   [&](int64_t offset) __attribute__((always_inline)) { sum += load_here(first + offset + c); });
    store_here(out + c, scale * sum);
  });
}

void average_pool_back(const PoolWindow& window, const float* signal, float scale, float* first_diff) {
  for_each_vector(window.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    const Floats share = scale * load_here(signal + c);
    for_each_pixel(window, window.write_from, window.write_to, [&](int64_t offset) __attribute__((always_inline)) {
      store_here(first_diff + offset + c, load_here(first_diff + offset + c) + share);
    });
  });
}

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
