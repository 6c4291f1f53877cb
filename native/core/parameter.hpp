// A layer's trained values, shared by all clones of a net.
//
// They may stand in a file still: nothing is read before somebody wants it. Kernels keep their own arrangement of them
// here (packed), made once and shared; what the outside writes into the values is noticed and makes it anew.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "core/tensor.hpp"

namespace deepvis {

// Values that can be read. Several threads may read at once.
class ValueSource {
 public:
  virtual ~ValueSource() = default;
  // Copies the values [first, first + into.size()). Throws FormatError when the source is no longer what it was.
  virtual void read(int64_t first, std::span<float> into) const = 0;
};

class Parameter {
 public:
  // Zeros.
  explicit Parameter(Shape shape) : shape_(std::move(shape)) {}

  const Shape& shape() const { return shape_; }

  // The values to read when they are first wanted; replaces what there was, also for those who hold a view.
  void set_source(std::shared_ptr<const ValueSource> source);

  // The values themselves, to be read by a kernel.
  const float* data();
  // The same for the outside, which may write into them.
  Tensor show();

  // Copies the values [first, first + into.size()).
  void copy_to(int64_t first, std::span<float> into);

  // What `make` made of the values under this name; made anew when they have changed since. It can read them without
  // bringing all of them into memory.
  Tensor packed(const std::string& name, const std::function<Tensor(const ValueSource& values)>& make);

 private:
  class Reader;
  Tensor& materialized();
  void notice_changes();

  Shape shape_;
  std::shared_ptr<const ValueSource> source_;
  Tensor values_;
  std::map<std::string, Tensor> packed_;
  bool watched_ = false;  // values_ was shown since they were last looked at, and may have been written
  uint64_t fingerprint_ = 0;
  std::mutex mutex_;
};

}  // namespace deepvis
