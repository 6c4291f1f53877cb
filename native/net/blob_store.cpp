#include "net/blob_store.hpp"

#include <algorithm>

#include "cpu/reorder.hpp"

namespace deepvis {

void BlobStore::plan(std::vector<Shape> shapes, std::vector<int> buffers) {
  slots_.clear();
  sharers_.clear();
  for (size_t i = 0; i < shapes.size(); ++i) {
    const int buffer = buffers[i];
    if (buffer >= 0) {
      if (sharers_.size() <= static_cast<size_t>(buffer)) sharers_.resize(static_cast<size_t>(buffer) + 1);
      sharers_[static_cast<size_t>(buffer)].push_back(static_cast<int>(i));
    }
    Slot slot;
    slot.shape = std::move(shapes[i]);
    slot.buffer = buffer;
    slots_.push_back(std::move(slot));
  }
  buffers_.assign(sharers_.size(), Tensor());
}

// A slot's tensor in a layout, made on first use. In a shared buffer both layouts have memory of their own still, since
// one is made from the other.
Tensor& BlobStore::memory(Slot& slot, Layout layout) {
  Tensor& tensor = layout == Layout::Plain ? slot.plain : slot.channels_last;
  if (tensor.allocated()) return tensor;
  if (slot.buffer < 0) return tensor = Tensor(slot.shape);
  Tensor& buffer = buffers_[static_cast<size_t>(slot.buffer)];
  if (!buffer.allocated()) {
    int64_t most = 0;
    for (const int sharer : sharers_[static_cast<size_t>(slot.buffer)]) most = std::max(most, at(sharer).shape.count());
    buffer = Tensor(Shape{most});
  }
  return tensor = buffer.part(slot.shape);
}

float* BlobStore::make(int index, Layout layout) {
  Slot& slot = at(index);
  if (layouts_coincide(slot.shape)) layout = Layout::Plain;
  if (slot.buffer >= 0) {
    for (const int sharer : sharers_[static_cast<size_t>(slot.buffer)]) {
      if (sharer != index) at(sharer).made = false;
    }
    // Only one of the two layouts fits into the buffer.
    Tensor& other = layout == Layout::Plain ? slot.channels_last : slot.plain;
    other = Tensor();
  }
  slot.made = true;
  slot.plain_now = layout == Layout::Plain;
  slot.channels_last_now = !slot.plain_now;
  slot.shown = slot.plain_now && held(slot);
  return memory(slot, layout).data();
}

void BlobStore::fill(int index, std::span<const float> plain, Layout layout) {
  const Shape& shape = at(index).shape;
  if (layout == Layout::Plain || layouts_coincide(shape) || held(index)) {
    std::copy(plain.begin(), plain.end(), make(index, Layout::Plain));
  } else {
    cpu::to_channels_last(shape, plain.data(), make(index, layout));
    ++reorders_;
  }
}

Tensor& BlobStore::plain(Slot& slot) {
  if (slot.channels_last_now && !slot.plain_now) {
    if (!slot.plain.allocated()) slot.plain = Tensor(slot.shape);
    cpu::to_plain(slot.shape, slot.channels_last.data(), slot.plain.data());
    slot.plain_now = true;
    ++reorders_;
  }
  return memory(slot, Layout::Plain);
}

const float* BlobStore::read(int index, Layout layout) {
  Slot& slot = at(index);
  if (layout == Layout::Plain || layouts_coincide(slot.shape)) return plain(slot).data();
  if (slot.channels_last_now && !(slot.shown && slot.plain_now)) return slot.channels_last.data();
  if (!slot.channels_last.allocated()) slot.channels_last = Tensor(slot.shape);
  if (slot.plain_now) {
    cpu::to_channels_last(slot.shape, slot.plain.data(), slot.channels_last.data());
    ++reorders_;
    slot.channels_last_now = true;
  }
  return slot.channels_last.data();
}

float* BlobStore::update(int index, Layout layout) {
  auto* numbers = const_cast<float*>(read(index, layout));
  Slot& slot = at(index);
  slot.made = true;
  slot.plain_now = layout == Layout::Plain || layouts_coincide(slot.shape);
  slot.channels_last_now = !slot.plain_now;
  return numbers;
}

Tensor& BlobStore::show(int index) {
  Slot& slot = at(index);
  Tensor& tensor = plain(slot);
  slot.plain_now = true;
  slot.shown = true;
  return tensor;
}

void BlobStore::refresh() {
  for (Slot& slot : slots_) {
    if (slot.channels_last_now && !slot.plain_now && held(slot)) {
      plain(slot);
      slot.shown = true;
    }
  }
}

int64_t BlobStore::bytes() const {
  int64_t bytes = 0;
  const auto add = [&](const Tensor& tensor) {
    if (tensor.allocated()) bytes += tensor.shape().count() * static_cast<int64_t>(sizeof(float));
  };
  for (const Tensor& buffer : buffers_) add(buffer);
  for (const Slot& slot : slots_) {
    const auto own = [&](const Tensor& tensor) {
      return slot.buffer < 0 || tensor.data() != buffers_[static_cast<size_t>(slot.buffer)].data();
    };
    if (own(slot.plain)) add(slot.plain);
    if (own(slot.channels_last)) add(slot.channels_last);
  }
  return bytes;
}

}  // namespace deepvis
