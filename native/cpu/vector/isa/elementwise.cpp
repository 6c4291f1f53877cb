// Plain loops over arrays, and the transposition between the two layouts.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

void clamp_all(int64_t count, float low, float high, const float* x, float* y) {
  for_each_vector(count, [&](int64_t i, auto load_here, auto store_here)
                             __attribute__((always_inline)) { store_here(y + i, clamp(load_here(x + i), low, high)); });
}

void relu_back(int64_t count, const float* d, const float* x, float* out) {
  for_each_vector(count, [&](int64_t i, auto load_here, auto store_here) __attribute__((always_inline)) {
    store_here(out + i, load_here(x + i) > Floats{} ? load_here(d + i) : Floats{});
  });
}

void guided_back(int64_t count, const float* d, const float* x, float* out) {
  for_each_vector(count, [&](int64_t i, auto load_here, auto store_here) __attribute__((always_inline)) {
    const Floats signal = load_here(d + i);
    const auto passes = (load_here(x + i) > Floats{}) & (signal > Floats{});
    store_here(out + i, passes ? signal : Floats{});
  });
}

void clip_back(int64_t count, float low, float high, const float* d, const float* x, float* out) {
  for_each_vector(count, [&](int64_t i, auto load_here, auto store_here) __attribute__((always_inline)) {
    const Floats here = load_here(x + i);
    const auto inside = (here >= Floats{} + low) & (here <= Floats{} + high);
    store_here(out + i, inside ? load_here(d + i) : Floats{});
  });
}

void add(int64_t count, const float* x, float* y) {
  for_each_vector(count, [&](int64_t i, auto load_here, auto store_here) __attribute__((always_inline)) {
    store_here(y + i, load_here(y + i) + load_here(x + i));
  });
}

void add_runs(int64_t runs, int64_t count, const float* x, int64_t x_step, float* y, int64_t y_step) {
  const int64_t whole = count / kLanes * kLanes;
  const int64_t left = count - whole;
  if (left == 0 || count < kLanes) {
    for (int64_t run = 0; run < runs; ++run) add(count, x + run * x_step, y + run * y_step);
    return;
  }
  // What is left over is the end of a vector that overlaps the one before: of that, only the new values are added.
  Mask fresh;
  for (int i = 0; i < kLanes; ++i) fresh[i] = i >= kLanes - left ? -1 : 0;
  for (int64_t run = 0; run < runs; ++run) {
    const float* from = x + run * x_step;
    float* to = y + run * y_step;
    for (int64_t i = 0; i < whole; i += kLanes) store(to + i, load(to + i) + load(from + i));
    const int64_t last = count - kLanes;
    store(to + last, load(to + last) + (fresh ? load(from + last) : Floats{}));
  }
}

void multiply(int64_t count, const float* x, const float* y, float* out) {
  for_each_vector(count, [&](int64_t i, auto load_here, auto store_here) __attribute__((always_inline)) {
    store_here(out + i, load_here(x + i) * load_here(y + i));
  });
}

void transpose(int64_t rows, int64_t columns, const float* from, int64_t from_step, float* to, int64_t to_step) {
  // A square at a time, so that neither side's cache lines are fetched twice.
  constexpr int64_t kSquare = 16;
  for (int64_t row = 0; row < rows; row += kSquare) {
    const int64_t high = rows - row < kSquare ? rows - row : kSquare;
    for (int64_t column = 0; column < columns; column += kSquare) {
      const int64_t wide = columns - column < kSquare ? columns - column : kSquare;
      for (int64_t j = 0; j < wide; ++j) {
        float* target = to + (column + j) * to_step + row;
        const float* source = from + row * from_step + column + j;
        for (int64_t i = 0; i < high; ++i) target[i] = source[i * from_step];
      }
    }
  }
}

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
