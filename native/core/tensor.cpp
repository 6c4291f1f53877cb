#include "core/tensor.hpp"

#include <algorithm>
#include <new>

#include "core/error.hpp"

namespace deepvis {

namespace {
constexpr std::align_val_t kAlignment{64};
}

Tensor::Tensor(Shape shape) : shape_(std::move(shape)) {
  const auto count = static_cast<size_t>(std::max<int64_t>(shape_.count(), 1));
  try {
    storage_ = std::shared_ptr<float[]>(new (kAlignment) float[count](),
                                        [](float* memory) { operator delete[](memory, kAlignment); });
  } catch (const std::bad_alloc&) {
    throw LimitError("no memory for a blob of shape " + shape_.str() + " (" + std::to_string(count * sizeof(float)) +
                     " bytes)");
  }
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
