#include "core/parameter.hpp"

#include <algorithm>
#include <cstring>

#include "core/parallel.hpp"

namespace deepvis {

namespace {

// Tells arrays apart in one pass over them, whatever the number of threads.
uint64_t fingerprint(std::span<const float> values) {
  constexpr int64_t kPiece = 1 << 16;
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15U;
  const auto count = static_cast<int64_t>(values.size());
  const int64_t pieces = (count + kPiece - 1) / kPiece;
  uint64_t total = 0;
#pragma omp parallel for reduction(+ : total) num_threads(pass_threads()) if (pieces > 1)
  for (int64_t piece = 0; piece < pieces; ++piece) {
    constexpr int kLanes = 8;
    uint64_t lanes[kLanes] = {};
    const int64_t first = piece * kPiece;
    const int64_t last = std::min(count, first + kPiece);
    int64_t i = first;
    for (; i + 2 * kLanes <= last; i += 2 * kLanes) {
      uint64_t words[kLanes];
      std::memcpy(words, values.data() + i, sizeof(words));
      for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = (lanes[lane] ^ words[lane]) * kOdd;
    }
    for (; i < last; ++i) {
      uint32_t word;
      std::memcpy(&word, values.data() + i, sizeof(word));
      lanes[0] = (lanes[0] ^ word) * kOdd;
    }
    uint64_t mixed = static_cast<uint64_t>(piece + 1) * kOdd;
    for (const uint64_t lane : lanes) mixed = (mixed ^ (lane >> 29) ^ lane) * kOdd;
    total += mixed;
  }
  return total;
}

}  // namespace

void Parameter::set_source(std::shared_ptr<const ValueSource> source) {
  const std::lock_guard lock(mutex_);
  source_ = std::move(source);
  packed_.clear();
  if (!values_.allocated()) return;
  if (values_.holders() > 1) {  // somebody holds a view
    source_->read(0, values_.values());
    source_.reset();
  } else {
    values_ = Tensor();
  }
  watched_ = false;
}

Tensor& Parameter::materialized() {
  if (!values_.allocated()) {
    Tensor values(shape_);
    if (source_ != nullptr) source_->read(0, values.values());
    values_ = std::move(values);
    source_.reset();
  }
  return values_;
}

const float* Parameter::data() {
  const std::lock_guard lock(mutex_);
  return materialized().data();
}

Tensor Parameter::show() {
  const std::lock_guard lock(mutex_);
  Tensor& values = materialized();
  if (!watched_) {
    if (!packed_.empty()) fingerprint_ = fingerprint(values.values());
    watched_ = true;
  }
  return values;
}

// The values wherever they stand, for whoever holds the lock.
class Parameter::Reader final : public ValueSource {
 public:
  explicit Reader(const Parameter& parameter) : parameter_(parameter) {}

  void read(int64_t first, std::span<float> into) const override {
    if (parameter_.values_.allocated()) {
      std::copy_n(parameter_.values_.data() + first, into.size(), into.data());
    } else if (parameter_.source_ != nullptr) {
      parameter_.source_->read(first, into);
    } else {
      std::fill(into.begin(), into.end(), 0.0F);
    }
  }

 private:
  const Parameter& parameter_;
};

void Parameter::copy_to(int64_t first, std::span<float> into) {
  const std::lock_guard lock(mutex_);
  Reader(*this).read(first, into);
}

void Parameter::notice_changes() {
  if (!watched_) return;
  const uint64_t now = fingerprint(values_.values());
  if (now != fingerprint_) packed_.clear();
  fingerprint_ = now;
  // With no view left, nothing can change from here on.
  if (values_.holders() == 1) watched_ = false;
}

Tensor Parameter::packed(const std::string& name, const std::function<Tensor(const ValueSource& values)>& make) {
  const std::lock_guard lock(mutex_);
  notice_changes();
  const auto found = packed_.find(name);
  if (found != packed_.end()) return found->second;
  return packed_.emplace(name, make(Reader(*this))).first->second;
}

}  // namespace deepvis
