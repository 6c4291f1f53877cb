// Plain matrix arithmetic under the convolutions and fully connected layers.
#pragma once

#include <cstdint>

namespace deepvis::cpu::reference {

// A matrix in memory: element (row, column) is data[row * row_step + column * column_step], so a transposed matrix is
// the same data with the steps swapped.
struct Matrix {
  const float* data;
  int64_t row_step;
  int64_t column_step;
};

// c = a·b (+ c when `add`). a is rows × depth; b is depth × columns, its rows contiguous at `b_step`; c is rows ×
// columns, its rows contiguous at `c_step`. Runs on the calling thread.
void matrix_product(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const float* b, int64_t b_step,
                    float* c, int64_t c_step, bool add);

// Sum of x[i]·y[i].
float dot(const float* x, const float* y, int64_t count);

// y[i] += a·x[i].
void axpy(float a, const float* x, float* y, int64_t count);

}  // namespace deepvis::cpu::reference
