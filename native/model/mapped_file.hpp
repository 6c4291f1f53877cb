// A file's bytes without a copy.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "model/byte_owner.hpp"

namespace deepvis::model {

// A file mapped read-only into memory for as long as the object lives. Throws std::filesystem::filesystem_error when
// the file cannot be opened or is not a regular file.
class MappedFile : public ByteOwner {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() override;

  std::span<const std::byte> bytes() const { return bytes_; }

  // Another file moved into this one's place does not matter; this one cut short or written over does.
  void check() const override;
  void forget(std::span<const std::byte> bytes) const override;

 private:
  std::string name_;
  int descriptor_ = -1;
  int64_t modified_ns_ = 0;
  std::span<const std::byte> bytes_;
};

}  // namespace deepvis::model
