// The tile of a depthwise convolution: some pixels of a few channels stay in registers while the taps run by.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

namespace {

template <int kRows>
void tile_of(const DepthwiseTile& tile) {
  for_each_vector(tile.channels, [&](int64_t channel, auto load_here, auto store_here) __attribute__((always_inline)) {
    Floats sums[kRows];
    const Floats start = load_here(tile.start + channel);
    for (int row = 0; row < kRows; ++row) sums[row] = start;
    for (int64_t tap = 0; tap < tile.taps; ++tap) {
      const Floats factors = load_here(tile.weights[tap] + channel);
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        sums[row] += factors * load_here(tile.pixels[tap * kRows + row] + channel);
      }
    }
    for (int row = 0; row < kRows; ++row) {
      store_here(tile.out[row] + channel, clamp(sums[row], tile.low, tile.high));
    }
  });
}

template <int kRows>
void tile_of_rows(const DepthwiseTile& tile) {
  if constexpr (kRows > 1) {
    if (tile.rows < kRows) return tile_of_rows<kRows - 1>(tile);
  }
  tile_of<kRows>(tile);
}

}  // namespace

void depthwise_tile(const DepthwiseTile& tile) { tile_of_rows<kDepthwiseRows>(tile); }

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
