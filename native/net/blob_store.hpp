// The numbers of a net's blobs, in whichever layout they were last made, and in the other one when somebody asks.
//
// The outside sees plain blobs. A view that it holds shows what each pass makes, and what it writes there the next pass
// reads: so what was shown is the truth from then on, until it is made anew.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/layout.hpp"
#include "core/tensor.hpp"

namespace deepvis {

class BlobStore {
 public:
  // One slot a shape. Slots with the same buffer number share memory, so making one loses the others; a negative number
  // is memory of its own.
  void plan(std::vector<Shape> shapes, std::vector<int> buffers);

  // Memory to write all of a slot's numbers to, in this layout.
  float* make(int slot, Layout layout);
  // Takes a slot's numbers from the outside, where they lie plain, over into this layout.
  void fill(int slot, std::span<const float> plain, Layout layout);
  // A slot's numbers in this layout; zeros before they were made. Precondition: !lost(slot).
  const float* read(int slot, Layout layout);
  // The same, to be changed.
  float* update(int slot, Layout layout);
  // For the outside: plain, and kept so by refresh() as long as a view is held. Precondition: !lost(slot).
  Tensor& show(int slot);

  // Whether a slot's memory holds the numbers of another one, or none yet.
  bool lost(int slot) const { return at(slot).buffer >= 0 && !at(slot).made; }
  // Whether somebody outside holds a view of it.
  bool held(int slot) const { return held(at(slot)); }
  // Brings the views that are held up to date. Called when a pass is over.
  void refresh();

  // Blobs moved from one layout to the other so far.
  int64_t reorders() const { return reorders_; }
  // Bytes allocated.
  int64_t bytes() const;

 private:
  struct Slot {
    Shape shape;
    int buffer = -1;
    Tensor plain, channels_last;
    bool plain_now = false, channels_last_now = false;  // which of them hold the numbers
    bool shown = false;                                 // plain may have been written to from outside
    bool made = false;
  };

  Slot& at(int slot) { return slots_[static_cast<size_t>(slot)]; }
  const Slot& at(int slot) const { return slots_[static_cast<size_t>(slot)]; }
  Tensor& memory(Slot& slot, Layout layout);
  static bool held(const Slot& slot) { return slot.buffer < 0 && slot.plain.holders() > 1; }
  Tensor& plain(Slot& slot);

  std::vector<Slot> slots_;
  std::vector<std::vector<int>> sharers_;  // by buffer: its slots
  std::vector<Tensor> buffers_;            // made on first use; as large as the largest of its slots
  int64_t reorders_ = 0;
};

}  // namespace deepvis
