#include "core/tensor.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "core/error.hpp"

namespace deepvis {

namespace {

constexpr size_t kAlignment = 64;

// From here on memory comes from the system by itself, on large pages where it has them: the weights of a fully
// connected layer are read from end to end in every pass, and small pages cost a tenth of the time.
constexpr size_t kLarge = size_t{4} << 20;
constexpr size_t kLargePage = size_t{2} << 20;

std::shared_ptr<float[]> large_zeros(size_t bytes) {
  const size_t space = bytes + kLargePage;
  void* block = ::mmap(nullptr, space, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return nullptr;
  void* aligned = block;
  size_t left = space;
  std::align(kLargePage, bytes, aligned, left);
#ifdef MADV_HUGEPAGE
  ::madvise(aligned, bytes, MADV_HUGEPAGE);  // a wish; what comes of it does not matter
#endif
  return {static_cast<float*>(aligned), [block, space](float*) { ::munmap(block, space); }};
}

std::shared_ptr<float[]> small_zeros(size_t bytes) {
  // calloc, since the system hands out large blocks zeroed already; aligned by hand, since calloc does not.
  void* block = std::calloc(bytes + kAlignment, 1);
  if (block == nullptr) return nullptr;
  void* aligned = block;
  size_t space = bytes + kAlignment;
  std::align(kAlignment, bytes, aligned, space);
  return {static_cast<float*>(aligned), [block](float*) { std::free(block); }};
}

}  // namespace

Tensor::Tensor(Shape shape) : shape_(std::move(shape)) {
  const auto bytes = static_cast<size_t>(std::max<int64_t>(shape_.count(), 1)) * sizeof(float);
  storage_ = bytes >= kLarge ? large_zeros(bytes) : small_zeros(bytes);
  if (storage_ == nullptr) {
    throw LimitError("no memory for a blob of shape " + shape_.str() + " (" + std::to_string(bytes) + " bytes)");
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

Tensor Tensor::part(Shape shape) const {
  if (shape.count() > shape_.count()) {
    throw ShapeError("a blob of shape " + shape_.str() + " has no part of shape " + shape.str());
  }
  Tensor other = *this;
  other.shape_ = std::move(shape);
  return other;
}

}  // namespace deepvis
