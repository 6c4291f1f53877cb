#include "model/recognize.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/error.hpp"

namespace deepvis::model {

namespace {

using namespace std::string_view_literals;

constexpr size_t kLookedAt = 4096;  // bytes at the start that decide between text and binary

struct Kind {
  std::string_view magic;
  std::string_view what;
};

constexpr std::array kKinds = {
    Kind{"\x1f\x8b"sv, "is a gzip file: unpack it first (gunzip, tar xzf)"sv},
    Kind{"PK\x03\x04"sv, "is a zip file: unpack it first (a .pth or .npz file is one, too)"sv},
    Kind{"BZh"sv, "is a bzip2 file: unpack it first (bunzip2)"sv},
    Kind{"\xFD"
         "7zXZ\0"sv,
         "is an xz file: unpack it first (unxz)"sv},
    Kind{"\x89HDF\r\n\x1a\n"sv, "is an HDF5 file: weights in HDF5 are read when the file's name ends in .h5"sv},
    Kind{"\x93NUMPY"sv, "is a NumPy array (.npy)"sv},
    Kind{"\x89PNG\r\n\x1a\n"sv, "is a PNG picture"sv},
    Kind{"\xFF\xD8\xFF"sv, "is a JPEG picture"sv},
    Kind{"version https://git-lfs.github.com"sv,
         "is a Git-LFS pointer, not the file itself: fetch the content with 'git lfs pull'"sv},
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? b | 0x20 : b);
         });
}

bool is_web_page(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  text.remove_prefix(start);
  return starts_with_ignoring_case(text, "<!doctype") || starts_with_ignoring_case(text, "<html") ||
         starts_with_ignoring_case(text, "<head") || starts_with_ignoring_case(text, "<?xml");
}

// Bytes that text never has.
bool is_control(char c) { return (c >= 0 && c < 0x20 && (c < '\t' || c > '\r')) || c == 0x7F; }

bool is_binary(std::string_view text) {
  text = text.substr(0, kLookedAt);
  return std::any_of(text.begin(), text.end(), is_control);
}

// Text of a prototxt's kind: printable, and long enough or plain enough not to be a small message by chance.
bool is_text(std::string_view text) {
  if (is_binary(text)) return false;
  return text.find_first_of(":{#") != std::string_view::npos;
}

void require_known(std::span<const std::byte> bytes, const std::string& source) {
  const std::string_view text = as_text(bytes);
  if (text.empty()) throw FormatError(source + " is empty (0 bytes): the download probably failed");
  for (const Kind& kind : kKinds) {
    if (text.starts_with(kind.magic)) throw FormatError(source + " " + std::string(kind.what));
  }
  if (is_web_page(text)) {
    throw FormatError(source + " looks like a web page: the download probably failed, fetch the file itself again");
  }
}

}  // namespace

void require_wire(std::span<const std::byte> bytes, const std::string& source) {
  require_known(bytes, source);
  if (is_text(as_text(bytes))) {
    throw FormatError(source + " is text (a prototxt?), but binary weights (.caffemodel, .binaryproto) were expected");
  }
}

void require_text(std::span<const std::byte> bytes, const std::string& source) {
  require_known(bytes, source);
  if (is_binary(as_text(bytes))) {
    throw FormatError(source +
                      " is a binary file (a caffemodel?), but a net's definition in text (.prototxt) was "
                      "expected; weights are given after it");
  }
}

}  // namespace deepvis::model
