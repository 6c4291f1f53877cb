// Tells what a file is by its first bytes, so that a wrong file is called what it is.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace deepvis::model {

// Throws FormatError when bytes that should be protobuf (a caffemodel or binaryproto) plainly are something else:
// nothing at all, a web page, a Git-LFS pointer, a gzip, zip, HDF5, NumPy or picture file, or text. `source` names the
// file.
void require_wire(std::span<const std::byte> bytes, const std::string& source);

// The same for bytes that should be a prototxt; a binary file is told apart from text.
void require_text(std::span<const std::byte> bytes, const std::string& source);

}  // namespace deepvis::model
