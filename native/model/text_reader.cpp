#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "core/error.hpp"
#include "model/text.hpp"
#include "model/text_lexer.hpp"

namespace deepvis::model {

namespace {

using namespace std::string_view_literals;

std::string quoted(std::string_view name) { return std::string("'").append(name).append("'"); }

bool same_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
  }
  return true;
}

class TextReader {
 public:
  TextReader(std::string_view text, std::string_view source)
      : lexer_(text, source), source_(std::make_shared<const std::string>(source)) {}

  Message read(const MessageType& type) {
    Message message(type);
    message.set_place(source_, 1);
    while (lexer_.peek().kind != TokenKind::End) read_field(message, 0);
    return message;
  }

 private:
  void read_field(Message& message, int depth) {
    const Token name = lexer_.peek();
    if (lexer_.at('[')) {
      lexer_.fail(name.offset, "extensions and Any values ('[...]' as a field's name) are not part of Caffe's files");
    }
    if (name.kind != TokenKind::Name) {
      const bool closer = name.kind == TokenKind::Symbol && (lexer_.at('}') || lexer_.at('>'));
      lexer_.fail(name.offset, "expected the name of a field of " + std::string(message.type().name) + ", found " +
                                   TextLexer::describe(name) + (closer ? " that closes nothing" : ""));
    }
    const Field& field = known_field(message.type(), name);
    if (!field.repeated && message.has(field.name)) {
      lexer_.fail(name.offset, "field " + quoted(field.name) + " of " + std::string(message.type().name) +
                                   " is given twice, but holds one value");
    }
    lexer_.take();
    const bool colon = lexer_.accept(':');
    if (!colon && field.type != FieldType::Message) {
      fail_here("expected ':' after field " + quoted(field.name));
    }
    if (lexer_.at('[')) {
      read_list(message, field, depth);
    } else {
      read_value(message, field, depth);
    }
    if (!lexer_.accept(';')) lexer_.accept(',');
  }

  const Field& known_field(const MessageType& type, const Token& name) const {
    if (const Field* field = type.find(name.text)) return *field;
    std::string what = "unknown field " + TextLexer::describe(name) + " in " + std::string(type.name);
    const std::string_view nearest = type.nearest(name.text);
    if (!nearest.empty()) {
      what += "; did you mean " + quoted(nearest) + "?";
    } else if (is_solver_setting(type, name.text)) {
      what += "; this looks like a solver's settings: give the net that they name";
    } else if (name.text.ends_with("_param")) {
      what += "; it may come from another fork of Caffe";
    }
    lexer_.fail(name.offset, what);
  }

  // A solver's file begins with one of these, and lies beside the net's.
  static bool is_solver_setting(const MessageType& type, std::string_view name) {
    static constexpr std::array kSettings = {"net"sv,      "net_param"sv, "train_net"sv, "train_net_param"sv,
                                             "test_net"sv, "test_iter"sv, "base_lr"sv,   "lr_policy"sv,
                                             "max_iter"sv, "display"sv,   "snapshot"sv,  "solver_mode"sv};
    return &type == &net_parameter() && std::find(kSettings.begin(), kSettings.end(), name) != kSettings.end();
  }

  void read_list(Message& message, const Field& field, int depth) {
    if (!field.repeated) fail_here("field " + quoted(field.name) + " holds one value, not a list");
    lexer_.take();
    if (lexer_.accept(']')) return;
    do {
      read_value(message, field, depth);
    } while (lexer_.accept(','));
    if (!lexer_.accept(']')) fail_here("expected ',' or ']' in the list of " + quoted(field.name));
  }

  void read_value(Message& message, const Field& field, int depth) {
    switch (field.type) {
      case FieldType::Message:
        return read_message(message, field, depth);
      case FieldType::String:
      case FieldType::Bytes: {
        const std::string value = read_string(field);
        return field.repeated ? message.add_text(field.name, value) : message.set_text(field.name, value);
      }
      case FieldType::Float:
      case FieldType::Double: {
        const double value = read_real(field);
        return field.repeated ? message.add_real(field.name, value) : message.set_real(field.name, value);
      }
      case FieldType::Bool: {
        const bool value = read_bool(field);
        return field.repeated ? message.add_integer(field.name, value) : message.set_flag(field.name, value);
      }
      case FieldType::Enum: {
        const int value = read_enum(field);
        return field.repeated ? message.add_choice(field.name, value) : message.set_choice(field.name, value);
      }
      case FieldType::Int32:
      case FieldType::Int64:
      case FieldType::Uint32:
      case FieldType::Uint64: {
        const int64_t value = read_integer(field);
        return field.repeated ? message.add_integer(field.name, value) : message.set_integer(field.name, value);
      }
    }
  }

  void read_message(Message& parent, const Field& field, int depth) {
    const Token open = lexer_.peek();
    if (!lexer_.at('{') && !lexer_.at('<')) fail_here("expected '{' after field " + quoted(field.name));
    if (depth + 1 > kMaxNesting) {
      throw LimitError(lexer_.place(open.offset) + "messages are nested more than " + std::to_string(kMaxNesting) +
                       " deep");
    }
    const char close = lexer_.at('{') ? '}' : '>';
    lexer_.take();
    Message& message = field.repeated ? parent.add_message(field.name) : parent.mutable_message(field.name);
    message.set_place(source_, open.line);
    while (!lexer_.accept(close)) {
      if (lexer_.peek().kind == TokenKind::End) {
        lexer_.fail(open.offset, "the " + quoted(field.name) + " that opens here is not closed: expected '" + close +
                                     "' before the end of the text");
      }
      read_field(message, depth + 1);
    }
  }

  std::string read_string(const Field& field) {
    if (lexer_.peek().kind != TokenKind::String) fail_value(field, "a quoted string");
    std::string value = lexer_.unquote(lexer_.peek());
    lexer_.take();
    while (lexer_.peek().kind == TokenKind::String) {  // adjacent strings are one
      value += lexer_.unquote(lexer_.peek());
      lexer_.take();
    }
    return value;
  }

  double read_real(const Field& field) {
    const size_t start = lexer_.peek().offset;
    const bool negative = lexer_.accept('-');
    const Token token = lexer_.peek();
    double value = 0;
    if (token.kind == TokenKind::Name) {
      if (same_ignoring_case(token.text, "inf") || same_ignoring_case(token.text, "infinity")) {
        value = std::numeric_limits<double>::infinity();
      } else if (same_ignoring_case(token.text, "nan")) {
        value = std::numeric_limits<double>::quiet_NaN();
      } else {
        fail_value(field, "a number");
      }
    } else if (token.kind == TokenKind::Integer || token.kind == TokenKind::Real) {
      if (token.kind == TokenKind::Integer && token.text.size() > 1 && token.text[0] == '0') {
        lexer_.fail(start, "field " + quoted(field.name) + " takes a decimal number, found " +
                               TextLexer::describe(token) + " (hexadecimal and octal are for integers)");
      }
      value = parse_real(token.text);
    } else {
      fail_value(field, "a number");
    }
    lexer_.take();
    return negative ? -value : value;
  }

  static double parse_real(std::string_view text) {
    if ((text.back() | 0x20) == 'f') text.remove_suffix(1);
    double value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    // from_chars leaves the value alone when it is out of range; strtod gives infinity or zero, as protobuf does.
    if (result.ec == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
    return value;
  }

  // An unsigned number in decimal, hexadecimal or octal; nullopt when it does not fit 64 bits.
  std::optional<uint64_t> magnitude(const Token& token) const {
    std::string_view digits = token.text;
    int base = 10;
    if (digits.size() > 1 && digits[0] == '0') {
      base = (digits[1] | 0x20) == 'x' ? 16 : 8;
      digits.remove_prefix(base == 16 ? 2 : 1);
    }
    uint64_t value = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (result.ec == std::errc::result_out_of_range) return std::nullopt;
    if (result.ptr != digits.data() + digits.size()) {
      lexer_.fail(token.offset, TextLexer::describe(token) + " is not an octal number (a leading 0 means octal)");
    }
    return value;
  }

  int64_t read_integer(const Field& field) {
    const size_t start = lexer_.peek().offset;
    const bool negative = lexer_.accept('-');
    const Token token = lexer_.peek();
    if (token.kind != TokenKind::Integer) fail_value(field, "an integer");
    const std::optional<uint64_t> size = magnitude(token);
    lexer_.take();
    const IntegerRange range = integer_range(field.type);
    const uint64_t limit = negative ? range.below : range.above;
    if (!size || *size > limit || (negative && range.below == 0)) {
      lexer_.fail(start, "field " + quoted(field.name) + " takes an integer from " + range.text + ", found '" +
                             (negative ? "-" : "") + std::string(token.text.substr(0, 40)) + "'");
    }
    return static_cast<int64_t>(negative ? 0 - *size : *size);
  }

  bool read_bool(const Field& field) {
    const Token token = lexer_.peek();
    std::optional<bool> value;
    if (token.kind == TokenKind::Integer) {
      const std::optional<uint64_t> number = magnitude(token);
      if (number && *number <= 1) value = *number == 1;
    } else if (token.kind == TokenKind::Name) {
      if (token.text == "true" || token.text == "True" || token.text == "t") value = true;
      if (token.text == "false" || token.text == "False" || token.text == "f") value = false;
    }
    if (!value) fail_value(field, "true or false");
    lexer_.take();
    return *value;
  }

  int read_enum(const Field& field) {
    const EnumType& type = *field.enumeration;
    const Token token = lexer_.peek();
    if (token.kind == TokenKind::Name) {
      const EnumValue* value = type.find(token.text);
      if (!value) fail_choice(field, token.offset, TextLexer::describe(token), type.nearest(token.text));
      lexer_.take();
      return value->number;
    }
    if (token.kind != TokenKind::Integer && !lexer_.at('-')) {
      std::string expected = "one of " + names(type) + " (or its number)";
      if (token.kind == TokenKind::String) expected += ", without quotes";
      fail_value(field, expected);
    }
    const auto number = static_cast<int>(read_integer(field));
    if (!type.find(number)) fail_choice(field, token.offset, std::to_string(number), {});
    return number;
  }

  static std::string names(const EnumType& type) {
    std::string text;
    for (const EnumValue& value : type.values) {
      if (!text.empty()) text += ", ";
      text += value.name;
    }
    return text;
  }

  [[noreturn]] void fail_choice(const Field& field, size_t offset, const std::string& found,
                                std::string_view nearest) const {
    std::string what = "unknown value " + found + " for field " + quoted(field.name);
    what += nearest.empty() ? "" : "; did you mean " + quoted(nearest) + "?";
    lexer_.fail(offset, what + " (known: " + names(*field.enumeration) + ")");
  }

  [[noreturn]] void fail_value(const Field& field, const std::string& expected) const {
    fail_here("field " + quoted(field.name) + " takes " + expected);
  }

  // Fails at the current token, saying what was found there.
  [[noreturn]] void fail_here(const std::string& what) const {
    lexer_.fail(lexer_.peek().offset, what + ", found " + TextLexer::describe(lexer_.peek()));
  }

  TextLexer lexer_;
  std::shared_ptr<const std::string> source_;
};

}  // namespace

Message parse_text(const MessageType& type, std::string_view text, std::string_view source) {
  return TextReader(text, source).read(type);
}

}  // namespace deepvis::model
