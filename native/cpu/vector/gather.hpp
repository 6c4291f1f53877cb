// The dense convolution kernel over phases: gathers each destination pixel's source pixels and sums them up.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/tensor.hpp"
#include "cpu/convolution.hpp"
#include "cpu/vector/phases.hpp"

namespace deepvis::cpu::vector {

// One direction of a convolution, all blobs channels last. Source channels and destination channels are split into the
// same number of groups.
struct Gather {
  int64_t images = 0;
  int64_t source_height = 0, source_width = 0, source_channels = 0;
  int64_t height = 0, width = 0, channels = 0;  // destination
  int64_t groups = 1;
  int64_t depth = 0;  // source values in a row that one tap takes; a group's channels, or more than one pixel's
  std::vector<Phase> phases;

  int64_t group_outputs() const { return channels / groups; }
};

// Index into the plain weights of what destination channel `output` of `group` takes from value `k` of a tap; or -1 for
// a weight of 0.
using WeightIndex = std::function<int64_t(int64_t group, int64_t output, const Tap& tap, int64_t k)>;

// The weights in the order in which the tiles of `gather` run through them.
Tensor pack_weights(const Gather& gather, std::span<const float> plain, const WeightIndex& index);

// A gather with its work cut into tasks, to be run again and again.
class PlannedGather {
 public:
  explicit PlannedGather(Gather gather);
  ~PlannedGather();
  PlannedGather(const PlannedGather&) = delete;
  PlannedGather& operator=(const PlannedGather&) = delete;

  const Gather& gather() const { return gather_; }
  // destination = clamp(Σ weights · source + bias); `packed` as by pack_weights(), bias (channels) or null.
  void run(const float* source, const Tensor& packed, const float* bias, Clamp clamp, float* destination) const;

 private:
  class Locator;
  struct Task;
  void run_task(const Task& task, Locator& locator, const float* weights, const float* starts, Clamp clamp,
                float* destination) const;

  Gather gather_;
  std::vector<Task> tasks_;
  int64_t operations_ = 0;
  int64_t starts_ = 0;  // channels, each group's filled up to whole vectors
};

// out (rows, columns) = source (rows, depth) · weights, on the calling thread; `packed` as by pack_weights() for a
// gather of one tap and that depth.
void run_product(int64_t rows, int64_t depth, const float* source, const Tensor& packed, int64_t columns, float* out);

}  // namespace deepvis::cpu::vector
