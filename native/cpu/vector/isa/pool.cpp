// One pooling window after another, over its channels.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

namespace {

constexpr float kLeast = -3.402823466e+38F;  // what Caffe starts a maximum from

// The places of a window's pixels, in raster order: a few, known in number to the compiler; or any number.
template <int kPixels>
struct FewPixels {
  int64_t offsets[kPixels];

  explicit FewPixels(const PoolRow& row) {
    int count = 0;
    for (int64_t y = 0; y < row.rows; ++y) {
      for (int64_t x = 0; x < row.columns; ++x) offsets[count++] = y * row.line + x * row.channels;
    }
  }
  template <class Visit>
  DEEPVIS_ALWAYS_INLINE void each(Visit visit) const {
#pragma GCC unroll 9
    for (int i = 0; i < kPixels; ++i) visit(offsets[i]);
  }
};
struct AnyPixels {
  const PoolRow& row;

  template <class Visit>
  DEEPVIS_ALWAYS_INLINE void each(Visit visit) const {
    for (int64_t y = 0; y < row.rows; ++y) {
      for (int64_t x = 0; x < row.columns; ++x) visit(y * row.line + x * row.channels);
    }
  }
};

// Calls run(pixels) with the places of the row's pixels.
template <class Run>
DEEPVIS_ALWAYS_INLINE void with_pixels(const PoolRow& row, Run run) {
  const int64_t pixels = row.rows * row.columns;
  if (pixels == 9) return run(FewPixels<9>(row));
  if (pixels == 6) return run(FewPixels<6>(row));
  if (pixels == 4) return run(FewPixels<4>(row));
  run(AnyPixels{row});
}

// Gives the rows of a window that are to be written what is left for them, pixel by pixel.
void max_back_in_part(const PoolRow& row, const float* first, const float* out, const float* signal, float* diff) {
  for_each_vector(row.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    const Floats best = load_here(out + c);
    Floats left = load_here(signal + c);
    for (int64_t y = 0; y < row.write_to; ++y) {
      for (int64_t x = 0; x < row.columns; ++x) {
        const int64_t at = y * row.line + x * row.channels + c;
        const Mask taken = load_here(first + at) == best;
        if (y >= row.write_from) store_here(diff + at, load_here(diff + at) + (taken ? left : Floats{}));
        left = taken ? Floats{} : left;
      }
    }
  });
}

}  // namespace

void max_pool(const PoolRow& row, const float* first, float* out) {
  with_pixels(row, [&](const auto& pixels) __attribute__((always_inline)) {
    for (int64_t i = 0; i < row.count; ++i) {
      const float* from = first + i * row.step;
      for_each_vector(row.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
        Floats best = Floats{} + kLeast;
        pixels.each([&](int64_t offset)
                        __attribute__((always_inline)) { best = larger(load_here(from + offset + c), best); });
        store_here(out + i * row.channels + c, best);
      });
    }
  });
}

void max_pool_back(const PoolRow& row, const float* first, const float* out, const float* signal, float* first_diff) {
  if (row.write_from > 0 || row.write_to < row.rows) {
    for (int64_t i = 0; i < row.count; ++i) {
      const int64_t in = i * row.step;
      const int64_t to = i * row.channels;
      max_back_in_part(row, first + in, out + to, signal + to, first_diff + in);
    }
    return;
  }
  with_pixels(row, [&](const auto& pixels) __attribute__((always_inline)) {
    for (int64_t i = 0; i < row.count; ++i) {
      const float* from = first + i * row.step;
      float* diff = first_diff + i * row.step;
      for_each_vector(row.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
        const Floats best = load_here(out + i * row.channels + c);
        // What is still to be given to the first pixel that equals the maximum.
        Floats left = load_here(signal + i * row.channels + c);
        pixels.each([&](int64_t offset) __attribute__((always_inline)) {
          const Mask taken = load_here(from + offset + c) == best;
          store_here(diff + offset + c, load_here(diff + offset + c) + (taken ? left : Floats{}));
          left = taken ? Floats{} : left;
        });
      });
    }
  });
}

void average_pool(const PoolRow& row, const float* first, float scale, float* out) {
  with_pixels(row, [&](const auto& pixels) __attribute__((always_inline)) {
    for (int64_t i = 0; i < row.count; ++i) {
      const float* from = first + i * row.step;
      for_each_vector(row.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
        Floats sum{};
        pixels.each([&](int64_t offset) __attribute__((always_inline)) { sum += load_here(from + offset + c); });
        store_here(out + i * row.channels + c, scale * sum);
      });
    }
  });
}

void average_pool_back(const PoolRow& row, const float* signal, float scale, float* first_diff) {
  with_pixels(row, [&](const auto& pixels) __attribute__((always_inline)) {
    for (int64_t i = 0; i < row.count; ++i) {
      float* diff = first_diff + i * row.step;
      for_each_vector(row.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
        const Floats share = scale * load_here(signal + i * row.channels + c);
        pixels.each([&](int64_t offset) __attribute__((always_inline)) {
          store_here(diff + offset + c, load_here(diff + offset + c) + share);
        });
      });
    }
  });
}

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
