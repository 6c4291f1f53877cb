// The part of a net that one unit depends on, as a net of its own: passes of it give the numbers that the whole net's
// would, for a fraction of the work.
#pragma once

#include <span>
#include <vector>

#include "net/net.hpp"

namespace deepvis {

class Cone {
 public:
  Cone(const Net& full, int target, ConePlan plan);

  // Where it lies. Another plan of the same shape may take the place of this one.
  const ConePlan& plan() const { return *net_->part_; }
  bool fits(int target, const ConePlan& plan) const;
  void move_to(const ConePlan& plan);
  int target() const { return target_; }

  // The part of a value, of an input say, that the unit sees.
  const Box& box(int value) const { return plan().boxes[static_cast<size_t>(value)]; }

  // Takes an input's part out of all of its numbers, (N, C, H, W) or as the whole net has it.
  void set_input(int input, std::span<const float> all);
  void forward();
  // What the forward pass made of the unit: one value an image, of its channel. `value` is the target or one that it is
  // made from in place.
  std::vector<float> activations(int value, const std::vector<int64_t>& channels);

  // Takes over the values that a backward pass needs from the last forward pass of the whole net.
  void take_values(Net& full);
  // Carries a seed an image, at its channel, down to the inputs.
  void backward(int start, const std::vector<int64_t>& channels, std::span<const float> seeds, Rule rule);
  // What arrived at a value's part; null where nothing did.
  const Tensor* signal(int value) { return net_->diff(value); }
  const std::vector<Net::Run>& backward_runs() const { return net_->backward_runs(); }
  // By value: whether the last backward pass reached it.
  const std::vector<bool>& reached() const { return net_->diff_valid_; }

  // Which share of the whole net's blobs it computes.
  double share() const;
  // Whether going back needs more of the last forward pass than blobs.
  bool keeps_state() const;

 private:
  int64_t place_of(int value, int64_t image, const std::vector<int64_t>& channels) const;

  std::unique_ptr<Net> net_;
  int target_;
};

}  // namespace deepvis
