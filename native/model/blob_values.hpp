// The values of a BlobProto, whichever way they are stored.
#pragma once

#include <string>

#include "model/message.hpp"

namespace deepvis::model {

// Floats as they lie in the file; doubles and the raw bytes of other forks (float, double, half precision) as floats.
// Throws FormatError, beginning with `where`, for raw bytes of another kind.
Floats blob_values(const Message& blob, const std::string& where);

}  // namespace deepvis::model
