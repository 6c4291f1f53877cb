// Protobuf's binary ("wire") format: caffemodel and binaryproto.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/message.hpp"

namespace deepvis::model {

enum class WireScope : uint8_t {
  Everything,
  // Layers, their names, types and blobs; all else is skipped unread, so that settings which another fork of Caffe
  // numbered its own way cannot stop its weights from being read.
  Weights,
};

// Reads one message. Unknown fields are skipped, and a known number with another wire type counts as unknown, as in
// protobuf. Runs of floats become views into `bytes`, which `owner` keeps alive. Throws FormatError naming the field
// and the byte offset, LimitError past kMaxNesting or kMaxValues. Takes time linear in the bytes.
Message parse_wire(const MessageType& type, std::span<const std::byte> bytes, std::string_view source,
                   std::shared_ptr<const ByteOwner> owner, WireScope scope = WireScope::Everything);

// Takes bytes in order; may throw.
using ByteSink = std::function<void(std::span<const std::byte>)>;

// Writes one message, its fields in the order of their numbers, as protobuf does. Throws LimitError when it would be
// larger than the 2 GiB that protobuf can read.
void write_wire(const Message& message, const ByteSink& sink);

}  // namespace deepvis::model
