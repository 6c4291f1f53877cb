// A blob's numbers: contiguous float32 in C order, 64-byte aligned, shared by reference count.
//
// Whoever holds a Tensor keeps its storage alive, so a NumPy view outlives the net that made it.
#pragma once

#include <memory>
#include <span>

#include "core/shape.hpp"

namespace deepvis {

class Tensor {
 public:
  Tensor() = default;
  // Zero-filled. Throws LimitError when the memory cannot be had.
  explicit Tensor(Shape shape);

  const Shape& shape() const { return shape_; }
  bool allocated() const { return storage_ != nullptr; }
  float* data() { return storage_.get(); }
  const float* data() const { return storage_.get(); }
  std::span<float> values() { return {data(), static_cast<size_t>(shape_.count())}; }
  std::span<const float> values() const { return {data(), static_cast<size_t>(shape_.count())}; }
  // How many tensors and views share the storage; 0 where there is none.
  long holders() const { return storage_.use_count(); }
  // Keeps the storage alive on its own.
  std::shared_ptr<float[]> storage() const { return storage_; }

  // The same storage under another shape of the same count.
  Tensor reshaped(Shape shape) const;
  // The first values of the same storage, as many as the shape holds.
  Tensor part(Shape shape) const;

 private:
  Shape shape_;
  std::shared_ptr<float[]> storage_;
};

}  // namespace deepvis
