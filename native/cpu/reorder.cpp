#include "cpu/reorder.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu {

namespace {

constexpr int64_t kPiece = 1 << 13;  // elements a task moves

}  // namespace

void to_channels_last(const Shape& shape, const float* plain, float* channels_last) {
  const int64_t channels = shape.c();
  const int64_t positions = shape.h() * shape.w();
  const int64_t length = std::max<int64_t>(16, kPiece / channels / 16 * 16);
  const int64_t pieces = (positions + length - 1) / length;
  for_each_task(shape.n() * pieces, shape.count(), [&](int64_t task) {
    const int64_t first = task % pieces * length;
    const int64_t base = task / pieces * channels * positions;
    vector::kernels().transpose(channels, std::min(length, positions - first), plain + base + first, positions,
                                channels_last + base + first * channels, channels);
  });
}

void to_plain(const Shape& shape, const float* channels_last, float* plain) {
  const int64_t channels = shape.c();
  const int64_t positions = shape.h() * shape.w();
  const int64_t length = std::max<int64_t>(16, kPiece / channels / 16 * 16);
  const int64_t pieces = (positions + length - 1) / length;
  for_each_task(shape.n() * pieces, shape.count(), [&](int64_t task) {
    const int64_t first = task % pieces * length;
    const int64_t base = task / pieces * channels * positions;
    vector::kernels().transpose(std::min(length, positions - first), channels, channels_last + base + first * channels,
                                channels, plain + base + first, positions);
  });
}

}  // namespace deepvis::cpu
