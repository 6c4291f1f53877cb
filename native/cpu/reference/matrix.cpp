#include "cpu/reference/matrix.hpp"

#include <algorithm>

#include "cpu/reference/multiversion.hpp"

namespace deepvis::cpu::reference {

namespace {

// A block of c small enough to stay in registers while the depth runs by. The simd pragmas keep the short inner loops
// loops: unrolled away, the compiler no longer sees that they are vectors (a factor of seven).
constexpr int kRows = 4;
constexpr int kColumns = 16;

DEEPVIS_MULTIVERSION void full_block(int64_t depth, Matrix a, const float* b, int64_t b_step, float* c, int64_t c_step,
                                     bool add) {
  float sum[kRows][kColumns] = {};
  for (int64_t k = 0; k < depth; ++k) {
    const float* b_row = b + k * b_step;
    for (int i = 0; i < kRows; ++i) {
      const float factor = a.data[i * a.row_step + k * a.column_step];
#pragma omp simd
      for (int j = 0; j < kColumns; ++j) sum[i][j] += factor * b_row[j];
    }
  }
  for (int i = 0; i < kRows; ++i) {
    float* c_row = c + i * c_step;
    for (int j = 0; j < kColumns; ++j) c_row[j] = add ? c_row[j] + sum[i][j] : sum[i][j];
  }
}

// The same for the ragged right and lower edges.
DEEPVIS_MULTIVERSION void edge_block(int64_t rows, int64_t columns, int64_t depth, Matrix a, const float* b,
                                     int64_t b_step, float* c, int64_t c_step, bool add) {
  for (int64_t i = 0; i < rows; ++i) {
    float sum[kColumns] = {};
    for (int64_t k = 0; k < depth; ++k) {
      const float factor = a.data[i * a.row_step + k * a.column_step];
      for (int64_t j = 0; j < columns; ++j) sum[j] += factor * b[k * b_step + j];
    }
    for (int64_t j = 0; j < columns; ++j) c[i * c_step + j] = add ? c[i * c_step + j] + sum[j] : sum[j];
  }
}

}  // namespace

void matrix_product(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const float* b, int64_t b_step,
                    float* c, int64_t c_step, bool add) {
  for (int64_t row = 0; row < rows; row += kRows) {
    const int64_t block_rows = std::min<int64_t>(kRows, rows - row);
    const Matrix a_rows{a.data + row * a.row_step, a.row_step, a.column_step};
    for (int64_t column = 0; column < columns; column += kColumns) {
      const int64_t block_columns = std::min<int64_t>(kColumns, columns - column);
      float* c_block = c + row * c_step + column;
      if (block_rows == kRows && block_columns == kColumns) {
        full_block(depth, a_rows, b + column, b_step, c_block, c_step, add);
      } else {
        edge_block(block_rows, block_columns, depth, a_rows, b + column, b_step, c_block, c_step, add);
      }
    }
  }
}

DEEPVIS_MULTIVERSION float dot(const float* x, const float* y, int64_t count) {
  // Partial sums, so that the additions need not wait for one another.
  constexpr int kLanes = 32;
  float sums[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += x[i + lane] * y[i + lane];
  }
  float total = 0;
  for (; i < count; ++i) total += x[i] * y[i];
  for (const float sum : sums) total += sum;
  return total;
}

DEEPVIS_MULTIVERSION void axpy(float a, const float* x, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) y[i] += a * x[i];
}

}  // namespace deepvis::cpu::reference
