#include <array>
#include <charconv>
#include <cmath>

#include "model/text.hpp"

namespace deepvis::model {

namespace {

template <typename Real>
std::string print_real(Real value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 40> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

std::string print_string(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      default:
        if (c >= ' ' && c <= '~') {
          out += c;
        } else {  // three octal digits cannot run into what follows, and hold for any encoding
          const auto byte = static_cast<unsigned char>(c);
          out += '\\';
          for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + ((byte >> shift) & 7));
        }
    }
  }
  return out + '"';
}

std::string print_scalar(const Message& message, const Field& field, size_t index) {
  switch (field.type) {
    case FieldType::Float:
      return print_real(static_cast<float>(message.real(field.name, index)));
    case FieldType::Double:
      return print_real(message.real(field.name, index));
    case FieldType::Bool:
      return message.flag_at(field.name, index) ? "true" : "false";
    case FieldType::String:
    case FieldType::Bytes:
      return print_string(message.text(field.name, index));
    case FieldType::Enum:
      return std::string(message.choice_name(field.name, index));
    case FieldType::Uint64:
      return std::to_string(static_cast<uint64_t>(message.integer(field.name, index)));
    default:
      return std::to_string(message.integer(field.name, index));
  }
}

void print_fields(const Message& message, size_t indent, std::string& out) {
  for (const Field* field : message.set_fields()) {
    const size_t count = message.size(field->name);
    for (size_t i = 0; i < count; ++i) {
      out.append(indent, ' ').append(field->name);
      if (field->type == FieldType::Message) {
        out += " {\n";
        print_fields(message.message(field->name, i), indent + 2, out);
        out.append(indent, ' ') += "}\n";
      } else {
        out.append(": ").append(print_scalar(message, *field, i)) += '\n';
      }
    }
  }
}

}  // namespace

std::string print_text(const Message& message) {
  std::string out;
  print_fields(message, 0, out);
  return out;
}

}  // namespace deepvis::model
