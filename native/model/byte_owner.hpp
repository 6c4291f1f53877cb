// Whoever keeps bytes alive that values are a view into.
#pragma once

#include <cstddef>
#include <span>

namespace deepvis::model {

class ByteOwner {
 public:
  virtual ~ByteOwner() = default;
  // Throws FormatError when the bytes are not what they were when they were first read: the file was written over.
  virtual void check() const {}
  // These bytes will hardly be read again, so their memory may go to others.
  virtual void forget(std::span<const std::byte> /*bytes*/) const {}
};

}  // namespace deepvis::model
