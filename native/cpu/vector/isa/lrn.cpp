// Local response normalisation of one pixel: its channels lie side by side, so a window slides over them.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

namespace {

DEEPVIS_ALWAYS_INLINE Floats square_root(Floats x) {
  for (int i = 0; i < kLanes; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

// x^-beta; x is positive. Nearly every net has a beta of 3/4, which needs no logarithm.
DEEPVIS_ALWAYS_INLINE Floats inverse_power(Floats x, float beta) {
  if (beta == 0.75F) {
    const Floats root = square_root(x);
    return 1.0F / (root * square_root(root));
  }
  if (beta == 0.5F) return 1.0F / square_root(x);
  if (beta == 1.0F) return 1.0F / x;
  for (int i = 0; i < kLanes; ++i) x[i] = __builtin_powf(x[i], -beta);
  return x;
}

// The channels of one pixel with zeros on both sides, so that a window may hang over the ends.
struct Padded {
  float* values;  // channel 0 stands at values + reach
  int64_t channels, size;

  DEEPVIS_ALWAYS_INLINE void clear_ends() const {
    const int64_t reach = size / 2;
    for (int64_t i = 0; i < reach; ++i) values[i] = 0;
    for (int64_t i = 0; i < reach + kLanes; ++i) values[reach + channels + i] = 0;
  }
  DEEPVIS_ALWAYS_INLINE float* at(int64_t channel) const { return values + size / 2 + channel; }
  // Over the windows of the channels from `channel` on; reads up to a vector beyond the last.
  DEEPVIS_ALWAYS_INLINE Floats window_sum(int64_t channel) const {
    Floats sum{};
    for (int64_t j = 0; j < size; ++j) sum += load(values + channel + j);
    return sum;
  }
};

DEEPVIS_ALWAYS_INLINE Padded squares_of(const Kernels::Lrn& lrn, const float* x, float* scratch) {
  const Padded squares{scratch, lrn.channels, lrn.size};
  squares.clear_ends();
  for_each_vector(lrn.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    const Floats value = load_here(x + c);
    store_here(squares.at(c), value * value);
  });
  return squares;
}

}  // namespace

void lrn(const Kernels::Lrn& lrn, const float* x, float* y, float* scratch) {
  const Padded squares = squares_of(lrn, x, scratch);
  for_each_vector(lrn.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    const Floats scale = lrn.k + lrn.alpha_over_size * squares.window_sum(c);
    store_here(y + c, load_here(x + c) * inverse_power(scale, lrn.beta));
  });
}

void lrn_back(const Kernels::Lrn& lrn, const float* x, const float* d, float* out, float* scratch) {
  const Padded squares = squares_of(lrn, x, scratch);
  // d · y / scale of each channel, whose sum over a channel's window is what its neighbours owe it.
  const Padded shares{scratch + lrn.channels + lrn.size + kLanes, lrn.channels, lrn.size};
  shares.clear_ends();
  for_each_vector(lrn.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    const Floats scale = lrn.k + lrn.alpha_over_size * squares.window_sum(c);
    const Floats direct = load_here(d + c) * inverse_power(scale, lrn.beta);
    store_here(out + c, direct);
    store_here(shares.at(c), direct * load_here(x + c) / scale);
  });
  const float factor = 2 * lrn.alpha_over_size * lrn.beta;
  for_each_vector(lrn.channels, [&](int64_t c, auto load_here, auto store_here) __attribute__((always_inline)) {
    store_here(out + c, load_here(out + c) - factor * load_here(x + c) * shares.window_sum(c));
  });
}

void power_scale(int64_t count, const float* base, float beta, const float* x, float* out) {
  for_each_vector(count, [&](int64_t i, auto load_here, auto store_here) __attribute__((always_inline)) {
    store_here(out + i, load_here(x + i) * inverse_power(load_here(base + i), beta));
  });
}

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
