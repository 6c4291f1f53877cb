// The tile of a convolution: outputs stay in registers while every tap's inputs and weights run by.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

namespace {

template <int kRows, int kVectors>
void tile_of(const Tile& tile) {
  Floats sums[kRows][kVectors];
  for (int v = 0; v < kVectors; ++v) {
    const Floats start = load(tile.start + v * kLanes);
    for (int row = 0; row < kRows; ++row) sums[row][v] = start;
  }
  for (int64_t tap = 0; tap < tile.taps; ++tap) {
    const float* pixels[kRows];
    for (int row = 0; row < kRows; ++row) pixels[row] = tile.pixels[tap * kRows + row];
    const float* weights = tile.weights[tap];
    for (int64_t k = 0; k < tile.depth; ++k) {
      Floats factors[kVectors];
      for (int v = 0; v < kVectors; ++v) factors[v] = load(weights + v * kLanes);
      weights += kVectors * kLanes;
#pragma GCC unroll 16
      for (int row = 0; row < kRows; ++row) {
        const float x = pixels[row][k];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[row][v] += x * factors[v];
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      const int64_t left = tile.columns - v * kLanes;
      const Floats y = clamp(sums[row][v], tile.low, tile.high);
      if (left >= kLanes) {
        store(tile.out[row] + v * kLanes, y);
      } else if (left > 0) {
        store_some(tile.out[row] + v * kLanes, y, left);
      }
    }
  }
}

// The instance for tile.rows, which is at most kRows.
template <int kRows, int kVectors>
void tile_of_rows(const Tile& tile) {
  if constexpr (kRows > 1) {
    if (tile.rows < kRows) return tile_of_rows<kRows - 1, kVectors>(tile);
  }
  tile_of<kRows, kVectors>(tile);
}

}  // namespace

void convolution_tile(const Tile& tile) {
  switch (tile.vectors) {
    case 1:
      return tile_of_rows<tile_rows(1), 1>(tile);
    case 2:
      return tile_of_rows<tile_rows(2), 2>(tile);
    default:
      return tile_of_rows<tile_rows(3), 3>(tile);
  }
}

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
