// Cuts protobuf text into tokens: names, numbers, quoted strings and single characters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace deepvis::model {

enum class TokenKind : uint8_t { Name, Integer, Real, String, Symbol, End };

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;  // as written; of a string, with its quotes
  size_t offset = 0;      // in the text
  int line = 1;           // 1-based
};

class TextLexer {
 public:
  // Both must outlive the lexer. A byte-order mark at the start is skipped.
  TextLexer(std::string_view text, std::string_view source);

  const Token& peek() const { return token_; }
  // The current token, moving on to the next one.
  Token take();
  bool at(char symbol) const { return token_.kind == TokenKind::Symbol && token_.text.front() == symbol; }
  // Takes the symbol if it is next.
  bool accept(char symbol);

  // What a quoted token stands for, its escapes resolved.
  std::string unquote(const Token& token) const;

  // "deploy.prototxt:12:5: " (1-based; columns count characters, not bytes)
  std::string place(size_t offset) const;
  // Throws FormatError at a place of the text.
  [[noreturn]] void fail(size_t offset, const std::string& what) const;
  // How a token is called in an error: 'kernel', the string "conv1", the end of the text.
  static std::string describe(const Token& token);

 private:
  void advance();
  void skip_space();
  size_t number_end(size_t start, TokenKind& kind) const;
  size_t string_end(size_t start) const;

  std::string_view text_;
  std::string_view source_;
  size_t next_ = 0;  // where the token after the current one starts, or space before it
  int line_ = 1;
  Token token_;
};

}  // namespace deepvis::model
