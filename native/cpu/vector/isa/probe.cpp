// What the machine can do at best, for a benchmark to compare with.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

float peak(int64_t rounds) {
  // Enough chains that none waits for its own last addition.
  constexpr int kChains = 12;
  Floats chains[kChains];
  for (int i = 0; i < kChains; ++i) chains[i] = Floats{} + static_cast<float>(i);
  const Floats factor = Floats{} + 0.999F;
  const Floats term = Floats{} + 0.001F;
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (Floats& chain : chains) chain = chain * factor + term;
  }
  float sum = 0;
  for (const Floats& chain : chains) sum += sum_of(chain);
  return sum;
}

int64_t peak_operations() { return int64_t{12} * kLanes * 2; }

float stream(int64_t count, const float* values) {
  // Several places at once: a processor fetches ahead in each.
  constexpr int kPlaces = 8;
  const int64_t each = count / kPlaces / kLanes * kLanes;
  Floats sums[kPlaces] = {};
  for (int64_t i = 0; i < each; i += kLanes) {
#pragma GCC unroll 8
    for (int place = 0; place < kPlaces; ++place) sums[place] += load(values + place * each + i);
  }
  float sum = 0;
  for (const Floats& part : sums) sum += sum_of(part);
  return sum;
}

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
