#include "model/text_lexer.hpp"

#include <algorithm>
#include <cstdio>

#include "core/error.hpp"

namespace deepvis::model {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kShownLength = 40;  // of a token quoted in an error

// The text format is ASCII whatever the locale says.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }

int hex_value(char c) { return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10; }

std::string show_byte(char c) {
  char shown[8];
  const int length = std::snprintf(shown, sizeof shown, "0x%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return std::string(shown, static_cast<size_t>(length));
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

bool is_high_surrogate(uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool is_low_surrogate(uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

}  // namespace

TextLexer::TextLexer(std::string_view text, std::string_view source) : text_(text), source_(source) {
  if (text_.starts_with(kByteOrderMark)) next_ = kByteOrderMark.size();
  advance();
}

Token TextLexer::take() {
  const Token taken = token_;
  advance();
  return taken;
}

bool TextLexer::accept(char symbol) {
  if (!at(symbol)) return false;
  advance();
  return true;
}

void TextLexer::skip_space() {
  while (next_ < text_.size()) {
    const char c = text_[next_];
    if (c == '#') {
      next_ = std::min(text_.find('\n', next_), text_.size());
    } else if (is_space(c)) {
      if (c == '\n') ++line_;
      ++next_;
    } else {
      return;
    }
  }
}

void TextLexer::advance() {
  skip_space();
  token_ = {TokenKind::End, {}, next_, line_};
  if (next_ == text_.size()) return;
  const size_t start = next_;
  const char c = text_[start];
  if (is_letter(c)) {
    token_.kind = TokenKind::Name;
    while (next_ < text_.size() && (is_letter(text_[next_]) || is_digit(text_[next_]))) ++next_;
  } else if (is_digit(c) || (c == '.' && start + 1 < text_.size() && is_digit(text_[start + 1]))) {
    next_ = number_end(start, token_.kind);
  } else if (c == '"' || c == '\'') {
    token_.kind = TokenKind::String;
    next_ = string_end(start);
  } else {
    if (c < ' ' || c > '~') fail(start, "unexpected byte " + show_byte(c));
    token_.kind = TokenKind::Symbol;
    ++next_;
  }
  token_.text = text_.substr(start, next_ - start);
}

size_t TextLexer::number_end(size_t start, TokenKind& kind) const {
  kind = TokenKind::Integer;
  size_t end = start;
  const auto at = [&](size_t i) { return i < text_.size() ? text_[i] : '\0'; };
  if (at(start) == '0' && (at(start + 1) | 0x20) == 'x') {
    end = start + 2;
    while (is_hex(at(end))) ++end;
    if (end == start + 2) fail(start, "'0x' is not followed by hexadecimal digits");
  } else {
    while (is_digit(at(end))) ++end;
    if (at(end) == '.') {
      kind = TokenKind::Real;
      ++end;
      while (is_digit(at(end))) ++end;
    }
    if ((at(end) | 0x20) == 'e') {
      kind = TokenKind::Real;
      ++end;
      if (at(end) == '+' || at(end) == '-') ++end;
      if (!is_digit(at(end))) fail(start, "the number's 'e' is not followed by an exponent");
      while (is_digit(at(end))) ++end;
    }
    if ((at(end) | 0x20) == 'f') {
      kind = TokenKind::Real;
      ++end;
    }
  }
  if (is_letter(at(end)) || is_digit(at(end)) || at(end) == '.') {
    fail(start, "a number runs into '" + std::string(1, at(end)) + "': a space is missing, or a string needs quotes");
  }
  return end;
}

size_t TextLexer::string_end(size_t start) const {
  const char quote = text_[start];
  for (size_t i = start + 1; i < text_.size(); ++i) {
    if (text_[i] == quote) return i + 1;
    if (text_[i] == '\n') break;
    if (text_[i] == '\\') {
      ++i;  // the escaped character, which may be a quote
      if (i < text_.size() && text_[i] == '\n') break;
    }
  }
  fail(start, std::string("the string that starts here is not closed by ") + quote + " on the same line");
}

std::string TextLexer::unquote(const Token& token) const {
  const std::string_view body = token.text.substr(1, token.text.size() - 2);
  const size_t base = token.offset + 1;
  std::string out;
  out.reserve(body.size());
  size_t i = 0;
  const auto at = [&](size_t k) { return k < body.size() ? body[k] : '\0'; };
  // Reads exactly `digits` hexadecimal digits at i.
  const auto code_point = [&](size_t digits) {
    uint32_t code = 0;
    for (size_t k = 0; k < digits; ++k) {
      if (!is_hex(at(i + k))) fail(base + i, "expected " + std::to_string(digits) + " hexadecimal digits here");
      code = code * 16 + static_cast<uint32_t>(hex_value(at(i + k)));
    }
    i += digits;
    return code;
  };
  while (i < body.size()) {
    if (body[i] != '\\') {
      out += body[i++];
      continue;
    }
    const size_t escape = i;
    const char c = at(++i);
    ++i;
    static constexpr std::string_view kNames = "abfnrtv\\'\"?";
    static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\'\"?";
    if (const size_t simple = kNames.find(c); simple != std::string_view::npos) {
      out += kValues[simple];
    } else if (is_octal(c)) {
      int value = c - '0';
      for (int k = 0; k < 2 && is_octal(at(i)); ++k) value = value * 8 + (at(i++) - '0');
      if (value > 0xFF) fail(base + escape, "the escape stands for more than one byte");
      out += static_cast<char>(value);
    } else if (c == 'x' || c == 'X') {
      if (!is_hex(at(i))) fail(base + escape, "'\\x' is not followed by hexadecimal digits");
      int value = hex_value(at(i++));
      if (is_hex(at(i))) value = value * 16 + hex_value(at(i++));
      out += static_cast<char>(value);
    } else if (c == 'u' || c == 'U') {
      uint32_t code = code_point(c == 'u' ? 4 : 8);
      if (is_high_surrogate(code) && at(i) == '\\' && at(i + 1) == 'u') {
        i += 2;
        const uint32_t low = code_point(4);
        if (!is_low_surrogate(low)) fail(base + escape, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      }
      if (code > 0x10FFFF || is_high_surrogate(code) || is_low_surrogate(code)) {
        fail(base + escape, "the escape is not a Unicode character");
      }
      append_utf8(out, code);
    } else {
      fail(base + escape, std::string("unknown escape '\\") + (c >= ' ' && c <= '~' ? c : '?') + "'");
    }
  }
  return out;
}

std::string TextLexer::place(size_t offset) const {
  const std::string_view before = text_.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  size_t start = before.rfind('\n');
  start = start == std::string_view::npos ? 0 : start + 1;
  if (start == 0 && before.starts_with(kByteOrderMark)) start = kByteOrderMark.size();
  const std::string_view lead = before.substr(std::min(start, before.size()));
  // Bytes that continue a UTF-8 character do not count.
  const auto column = std::count_if(lead.begin(), lead.end(), [](char c) { return (c & 0xC0) != 0x80; }) + 1;
  return std::string(source_) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
}

void TextLexer::fail(size_t offset, const std::string& what) const { throw FormatError(place(offset) + what); }

std::string TextLexer::describe(const Token& token) {
  if (token.kind == TokenKind::End) return "the end of the text";
  std::string shown(token.text.substr(0, kShownLength));
  if (token.text.size() > kShownLength) shown += "...";
  return token.kind == TokenKind::String ? "the string " + shown : "'" + shown + "'";
}

}  // namespace deepvis::model
