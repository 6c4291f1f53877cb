#include "cpu/probe.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/parallel.hpp"
#include "core/tensor.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu {

namespace {

// Seconds that `work(thread)` takes on all threads together.
template <class Work>
double timed(Work work) {
  const auto begun = std::chrono::steady_clock::now();
  for_each_task(pass_threads(), int64_t{1} << 30, work);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace

double peak_flops() {
  constexpr int64_t kRounds = 1 << 20;
  constexpr int kTries = 7;
  const int threads = pass_threads();
  std::vector<float> sums(static_cast<size_t>(threads));
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    const double seconds =
        timed([&](int64_t task) { sums[static_cast<size_t>(task)] = vector::kernels().peak(kRounds); });
    best = std::max(best, static_cast<double>(kRounds * vector::kernels().peak_operations() * threads) / seconds);
  }
  return best;
}

Bandwidth read_bandwidth(int64_t bytes, int tries) {
  const int threads = pass_threads();
  const int64_t count = bytes / static_cast<int64_t>(sizeof(float));
  Tensor memory(Shape{count});
  std::fill(memory.values().begin(), memory.values().end(), 1.0F);  // so that it is there
  std::vector<float> sums(static_cast<size_t>(threads));
  std::vector<double> rates;
  for (int i = 0; i < tries; ++i) {
    const double seconds = timed([&](int64_t task) {
      sums[static_cast<size_t>(task)] =
          vector::kernels().stream(count / threads, memory.data() + task * (count / threads));
    });
    rates.push_back(static_cast<double>(bytes) / seconds);
  }
  std::sort(rates.begin(), rates.end());
  return {rates.back(), rates[rates.size() / 2]};
}

}  // namespace deepvis::cpu
