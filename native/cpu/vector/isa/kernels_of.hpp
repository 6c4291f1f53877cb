// What the files of this folder define for one instruction set; table.cpp makes the table of it.
#pragma once

#include "cpu/vector/isa/lanes.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

// Rows of a full tile: as many as leave registers for the weights and one input.
constexpr int tile_rows(int vectors) {
  const int rows = (kRegisters - 1 - vectors) / vectors;
  return rows < kMostTileRows ? rows : kMostTileRows;
}
constexpr int kDepthwiseRows = 4;

void convolution_tile(const Tile& tile);
void depthwise_tile(const DepthwiseTile& tile);

void max_pool(const PoolRow& row, const float* first, float* out);
void max_pool_back(const PoolRow& row, const float* first, const float* out, const float* signal, float* first_diff);
void average_pool(const PoolRow& row, const float* first, float scale, float* out);
void average_pool_back(const PoolRow& row, const float* signal, float scale, float* first_diff);

void lrn(const Kernels::Lrn& lrn, const float* x, float* y, float* scratch);
void lrn_back(const Kernels::Lrn& lrn, const float* x, const float* d, float* out, float* scratch);
void power_scale(int64_t count, const float* base, float beta, const float* x, float* out);

void clamp_all(int64_t count, float low, float high, const float* x, float* y);
void relu_back(int64_t count, const float* d, const float* x, float* out);
void guided_back(int64_t count, const float* d, const float* x, float* out);
void clip_back(int64_t count, float low, float high, const float* d, const float* x, float* out);
void add(int64_t count, const float* x, float* y);
void add_runs(int64_t runs, int64_t count, const float* x, int64_t x_step, float* y, int64_t y_step);
void multiply(int64_t count, const float* x, const float* y, float* out);
void transpose(int64_t rows, int64_t columns, const float* from, int64_t from_step, float* to, int64_t to_step);

void fc_accumulate(const FcRows& weights, const float* x, int64_t batch, float* sums, int64_t step);
void fc_dot(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out);
#if defined(__F16C__) || defined(__aarch64__)
#define DEEPVIS_HALF_KERNELS
void fc_accumulate_half(const FcRows& weights, const float* x, int64_t batch, float* sums, int64_t step);
void fc_dot_half(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out);
void narrow(int64_t count, const float* x, uint16_t* half);
#endif

float peak(int64_t rounds);
int64_t peak_operations();
float stream(int64_t count, const float* values);

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
