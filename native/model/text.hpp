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

}  // namespace deepvis::model
