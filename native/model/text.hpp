// Protobuf's text format (prototxt), read and written.
#pragma once

#include <string>
#include <string_view>

#include "model/message.hpp"

namespace deepvis::model {

// Depth of messages inside messages that a file may have; the same for text and wire.
inline constexpr int kMaxNesting = 100;

// Reads one message. Throws FormatError with line and column for anything that the schema does not know, LimitError
// past kMaxNesting. `source` names the text in errors. Takes time linear in the text.
Message parse_text(const MessageType& type, std::string_view text, std::string_view source);

// Writes one message, a field to a line, in the schema's order. Floating-point numbers get the fewest digits that read
// back as the same value.
std::string print_text(const Message& message);

}  // namespace deepvis::model
