// How a field's values stand in protobuf's wire format; the reader and the writer must agree on it.
#pragma once

#include <cstdint>

#include "model/schema.hpp"

namespace deepvis::model {

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kStartGroup = 3, kEndGroup = 4, kFixed32 = 5 };

constexpr WireType wire_type_of(FieldType type) {
  switch (type) {
    case FieldType::Float:
      return kFixed32;
    case FieldType::Double:
      return kFixed64;
    case FieldType::String:
    case FieldType::Bytes:
    case FieldType::Message:
      return kBytes;
    default:
      return kVarint;
  }
}

}  // namespace deepvis::model
