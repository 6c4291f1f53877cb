#include "core/tensor.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/error.hpp"

namespace deepvis {

namespace {

constexpr size_t kAlignment = 64;

}  // namespace

Tensor::Tensor(Shape shape) : shape_(std::move(shape)) {
  const auto bytes = static_cast<size_t>(std::max<int64_t>(shape_.count(), 1)) * sizeof(float);
  // calloc, since the system hands out large blocks zeroed already; aligned by hand, since calloc does not.
  void* block = std::calloc(bytes + kAlignment, 1);
  if (block == nullptr) {
    throw LimitError("no memory for a blob of shape " + shape_.str() + " (" + std::to_string(bytes) + " bytes)");
  }
  void* aligned = block;
  size_t space = bytes + kAlignment;
  std::align(kAlignment, bytes, aligned, space);
  storage_ = std::shared_ptr<float[]>(static_cast<float*>(aligned), [block](float*) { std::free(block); });
}

Tensor Tensor::reshaped(Shape shape) const {
  Tensor other = *this;
  if (shape.count() != shape_.count()) {
    throw ShapeError("a blob of shape " + shape_.str() + " cannot be seen as " + shape.str());
  }
  other.shape_ = std::move(shape);
  return other;
}

}  // namespace deepvis
