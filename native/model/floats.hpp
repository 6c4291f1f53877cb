// A run of float32 values: owned, or a view into a memory-mapped file (which it keeps alive). Unaligned data is fine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "model/byte_owner.hpp"

namespace deepvis::model {

class Floats {
 public:
  Floats() = default;
  explicit Floats(std::vector<float> values) : owned_(std::move(values)) {}
  // `bytes` holds little-endian float32 values and stays valid as long as `owner` lives.
  Floats(std::span<const std::byte> bytes, std::shared_ptr<const ByteOwner> owner)
      : owner_(std::move(owner)), view_(bytes) {}

  size_t size() const { return owner_ ? view_.size() / sizeof(float) : owned_.size(); }
  float operator[](size_t i) const {
    if (!owner_) return owned_[i];
    float value;
    std::memcpy(&value, view_.data() + i * sizeof(float), sizeof(float));
    return value;
  }
  // The one copy a weight makes on its way into a blob. `target.size()` must equal size().
  void copy_to(std::span<float> target) const {
    if (target.empty()) return;
    std::memcpy(target.data(), owner_ ? static_cast<const void*>(view_.data()) : owned_.data(),
                target.size() * sizeof(float));
  }
  // Copies the values [first, first + target.size()), which a file that they are a view into must still hold. Throws
  // FormatError when it does not.
  void read(int64_t first, std::span<float> target) const {
    if (target.empty()) return;
    if (owner_) owner_->check();
    const auto run = bytes().subspan(static_cast<size_t>(first) * sizeof(float), target.size_bytes());
    std::memcpy(target.data(), run.data(), run.size());
    if (owner_) owner_->forget(run);
  }
  // The values as they lie in memory (little-endian float32).
  std::span<const std::byte> bytes() const { return owner_ ? view_ : std::as_bytes(std::span(owned_)); }
  // Appends one value; a view becomes owned first (files that mix packed and unpacked runs).
  void push_back(float value) {
    if (owner_) {
      std::vector<float> values(size());
      copy_to(values);
      owned_ = std::move(values);
      owner_.reset();
      view_ = {};
    }
    owned_.push_back(value);
  }

 private:
  std::vector<float> owned_;
  std::shared_ptr<const ByteOwner> owner_;
  std::span<const std::byte> view_;
};

}  // namespace deepvis::model
