// A file's bytes without a copy.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace deepvis::model {

// A file mapped read-only into memory for as long as the object lives. Throws std::filesystem::filesystem_error when
// the file cannot be opened or is not a regular file.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace deepvis::model
