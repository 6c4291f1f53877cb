// Taking the mean off a set of values and dividing by their spread, and the way back through that; MVN and BatchNorm
// with statistics of its own share it.
#pragma once

#include <cmath>
#include <cstdint>

namespace deepvis {

// Calls body(index) for each of a set's elements, which lie in `runs` runs of `length`, `step` apart.
struct Runs {
  int64_t start, runs, length, step;
  int64_t count() const { return runs * length; }
  template <class Body>
  void each(Body body) const {
    for (int64_t run = 0; run < runs; ++run) {
      for (int64_t i = 0; i < length; ++i) body(start + run * step + i);
    }
  }
};

// y = (x - mean) / spread(variance). Returns the spread.
template <class Spread>
float standardize(const Runs& set, const float* x, float* y, Spread spread) {
  double sum = 0;
  set.each([&](int64_t i) { sum += x[i]; });
  const auto mean = static_cast<float>(sum / static_cast<double>(set.count()));
  double squares = 0;
  set.each([&](int64_t i) { squares += static_cast<double>(x[i] - mean) * (x[i] - mean); });
  const float divisor = spread(static_cast<float>(squares / static_cast<double>(set.count())));
  set.each([&](int64_t i) { y[i] = (x[i] - mean) / divisor; });
  return divisor;
}

// out = (d - mean(d) - y·mean(y·d)) / spread: the derivative of standardize, given what it put out.
inline void standardize_back(const Runs& set, const float* y, const float* d, float spread, float* out) {
  double sum = 0;
  double weighted = 0;
  set.each([&](int64_t i) {
    sum += d[i];
    weighted += static_cast<double>(d[i]) * y[i];
  });
  const auto mean = static_cast<float>(sum / static_cast<double>(set.count()));
  const auto along = static_cast<float>(weighted / static_cast<double>(set.count()));
  set.each([&](int64_t i) { out[i] = (d[i] - mean - y[i] * along) / spread; });
}

}  // namespace deepvis
