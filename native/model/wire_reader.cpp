#include <bit>
#include <cstring>
#include <limits>

#include "core/error.hpp"
#include "model/text.hpp"
#include "model/wire.hpp"
#include "model/wire_type.hpp"

namespace deepvis::model {

namespace {

static_assert(std::endian::native == std::endian::little, "floats are viewed in place");

// Values other than floats and doubles that one file may hold. Each takes more memory than it has bytes, so a small
// file could otherwise ask for a large allocation. The largest published nets have thousands.
constexpr size_t kMaxValues = 1'000'000;

// Values as their declared type holds them: protobuf drops the upper half of 32-bit ones.
int64_t narrowed(FieldType type, uint64_t raw) {
  switch (type) {
    case FieldType::Int32:
    case FieldType::Enum:
      return static_cast<int32_t>(static_cast<uint32_t>(raw));
    case FieldType::Uint32:
      return static_cast<int64_t>(static_cast<uint32_t>(raw));
    case FieldType::Bool:
      return raw != 0 ? 1 : 0;
    default:
      return static_cast<int64_t>(raw);
  }
}

// Whether a field is of interest when only weights are.
bool holds_weights(const MessageType& type, const Field& field) {
  if (&type == &blob_proto() || type.name == "BlobShape") return true;
  return field.name == "name" || field.name == "type" || field.name == "layer" || field.name == "layers" ||
         field.name == "blobs";
}

class WireReader {
 public:
  WireReader(std::span<const std::byte> bytes, std::string_view source, std::shared_ptr<const ByteOwner> owner,
             WireScope scope)
      : bytes_(bytes), source_(std::make_shared<const std::string>(source)), owner_(std::move(owner)), scope_(scope) {}

  Message read(const MessageType& type) {
    Message message(type);
    message.set_place(source_, 0);
    read_message(message, bytes_.size(), 0);
    return message;
  }

 private:
  struct Tag {
    uint32_t number;
    WireType type;
    size_t offset;
  };

  void read_message(Message& message, size_t end, int depth) {
    while (pos_ < end) {
      const Tag tag = read_tag(message, end);
      const Field* field = message.type().find(static_cast<int>(tag.number));
      if (field && scope_ == WireScope::Weights && !holds_weights(message.type(), *field)) field = nullptr;
      if (field && tag.type == wire_type_of(field->type)) {
        read_value(message, *field, tag, end, depth);
      } else if (field && field->repeated && tag.type == kBytes) {  // scalars, packed
        read_packed(message, *field, read_length(message, tag, end));
      } else {
        skip(message, tag, end, depth);
      }
    }
  }

  Tag read_tag(const Message& message, size_t end) {
    const size_t offset = pos_;
    const uint64_t raw = read_varint(message, end);
    const uint64_t number = raw >> 3;
    if (raw > std::numeric_limits<uint32_t>::max() || number == 0) {
      fail(message, offset, "the field number " + std::to_string(number) + " cannot be: the file is damaged");
    }
    const auto type = static_cast<uint32_t>(raw & 7);
    if (type > kFixed32) {
      fail(message, offset, "wire type " + std::to_string(type) + " does not exist: the file is damaged");
    }
    return {static_cast<uint32_t>(number), static_cast<WireType>(type), offset};
  }

  uint64_t read_varint(const Message& message, size_t end) {
    const size_t offset = pos_;
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (pos_ == end) fail(message, offset, "a number is cut off by the end of " + where(end));
      const auto byte = std::to_integer<uint64_t>(bytes_[pos_++]);
      value |= (byte & 0x7F) << shift;  // of the tenth byte only the lowest bit fits
      if (byte < 0x80) return value;
    }
    fail(message, offset, "a number takes more than 10 bytes: the file is damaged");
  }

  // The length of a field's content, which lies within the message that ends at `end`.
  size_t read_length(const Message& message, const Tag& tag, size_t end) {
    const uint64_t length = read_varint(message, end);
    const size_t remaining = end - pos_;
    if (length > remaining) {
      const std::string declared = describe(message, tag.number) + " declares " + std::to_string(length) +
                                   " bytes at offset " + std::to_string(tag.offset) + " but ";
      if (end == bytes_.size()) {
        fail_plain(declared + "the file ends after " + std::to_string(remaining) + " of them (at " +
                   std::to_string(end) + " bytes): it is cut short, fetch it again");
      }
      fail_plain(declared + "the message around it ends after " + std::to_string(remaining) +
                 " of them: the file is damaged");
    }
    return static_cast<size_t>(length);
  }

  void read_value(Message& message, const Field& field, const Tag& tag, size_t end, int depth) {
    switch (tag.type) {
      case kVarint:
        return add_integer(message, field, read_varint(message, end));
      case kFixed32: {
        const std::span<const std::byte> raw = take(message, tag, sizeof(float), end);
        float value;
        std::memcpy(&value, raw.data(), sizeof value);
        return field.repeated ? message.add_real(field.name, value) : message.set_real(field.name, value);
      }
      case kFixed64: {
        const std::span<const std::byte> raw = take(message, tag, sizeof(double), end);
        double value;
        std::memcpy(&value, raw.data(), sizeof value);
        return field.repeated ? message.add_real(field.name, value) : message.set_real(field.name, value);
      }
      default:
        break;
    }
    const size_t length = read_length(message, tag, end);
    count_value(tag.offset);
    if (field.type != FieldType::Message) {
      const std::span<const std::byte> raw = bytes_.subspan(pos_, length);
      pos_ += length;
      const std::string_view value(reinterpret_cast<const char*>(raw.data()), raw.size());
      return field.repeated ? message.add_text(field.name, value) : message.set_text(field.name, value);
    }
    check_depth(message, tag.offset, depth + 1);
    // A singular message given twice is merged, as in protobuf.
    Message& inner = field.repeated ? message.add_message(field.name) : message.mutable_message(field.name);
    inner.set_place(source_, 0);
    read_message(inner, pos_ + length, depth + 1);
  }

  void add_integer(Message& message, const Field& field, uint64_t raw) {
    const int64_t value = narrowed(field.type, raw);
    if (field.type == FieldType::Enum) {
      const auto number = static_cast<int>(value);
      if (!field.enumeration->find(number)) return;  // from a newer schema or a fork: unknown
      return field.repeated ? add_choice(message, field, number) : message.set_choice(field.name, number);
    }
    if (field.repeated) {
      count_value(pos_);
      message.add_integer(field.name, value);
    } else if (field.type == FieldType::Bool) {
      message.set_flag(field.name, value != 0);
    } else {
      message.set_integer(field.name, value);
    }
  }

  void add_choice(Message& message, const Field& field, int number) {
    count_value(pos_);
    message.add_choice(field.name, number);
  }

  void read_packed(Message& message, const Field& field, size_t length) {
    const size_t start = pos_;
    const size_t end = pos_ + length;
    const size_t width = field.type == FieldType::Float ? sizeof(float) : field.type == FieldType::Double ? 8 : 0;
    if (width > 0 && length % width != 0) {
      fail(message, start,
           "the " + std::to_string(length) + " bytes of '" + std::string(field.name) + "' are no whole number of " +
               std::to_string(width) + "-byte values");
    }
    if (field.type == FieldType::Float) {
      const std::span<const std::byte> run = bytes_.subspan(start, length);
      pos_ = end;
      if (!message.has(field.name)) {
        if (length > 0) message.set_floats(field.name, Floats(run, owner_));
        return;
      }
      for (size_t i = 0; i < length; i += sizeof(float)) {  // a run in several pieces
        float value;
        std::memcpy(&value, run.data() + i, sizeof value);
        message.add_real(field.name, value);
      }
    } else if (field.type == FieldType::Double) {
      for (; pos_ < end; pos_ += sizeof(double)) {
        double value;
        std::memcpy(&value, bytes_.data() + pos_, sizeof value);
        message.add_real(field.name, value);
      }
    } else {
      while (pos_ < end) add_integer(message, field, read_varint(message, end));
    }
  }

  // Passes over a field that the schema does not know.
  void skip(const Message& message, const Tag& tag, size_t end, int depth) {
    switch (tag.type) {
      case kVarint:
        read_varint(message, end);
        return;
      case kFixed64:
        take(message, tag, 8, end);
        return;
      case kFixed32:
        take(message, tag, 4, end);
        return;
      case kBytes:
        pos_ += read_length(message, tag, end);
        return;
      case kStartGroup:
        check_depth(message, tag.offset, depth + 1);
        for (;;) {
          if (pos_ == end)
            fail(message, tag.offset, "the group that starts here is cut off by the end of " + where(end));
          const Tag inner = read_tag(message, end);
          if (inner.type == kEndGroup) {
            if (inner.number != tag.number) fail(message, inner.offset, "the end of a group that was not open");
            return;
          }
          skip(message, inner, end, depth + 1);
        }
      case kEndGroup:
        fail(message, tag.offset, "the end of a group that was not open: the file is damaged");
    }
  }

  std::span<const std::byte> take(const Message& message, const Tag& tag, size_t length, size_t end) {
    if (end - pos_ < length) {
      fail(message, tag.offset, describe(message, tag.number) + " is cut off by the end of " + where(end));
    }
    const std::span<const std::byte> taken = bytes_.subspan(pos_, length);
    pos_ += length;
    return taken;
  }

  void check_depth(const Message& message, size_t offset, int depth) const {
    if (depth > kMaxNesting) {
      throw LimitError(*source_ + ": at byte " + std::to_string(offset) + " of " + std::string(message.type().name) +
                       ": messages are nested more than " + std::to_string(kMaxNesting) + " deep");
    }
  }

  void count_value(size_t offset) {
    if (++values_ > kMaxValues) {
      throw LimitError(*source_ + ": at byte " + std::to_string(offset) + ": the file holds more than " +
                       std::to_string(kMaxValues) + " values besides its floats");
    }
  }

  std::string where(size_t end) const { return end == bytes_.size() ? "the file" : "the message around it"; }

  // "field 'data' of BlobProto" or "field 203 of LayerParameter"
  static std::string describe(const Message& message, uint32_t number) {
    const Field* field = message.type().find(static_cast<int>(number));
    std::string text = "field ";
    text += field ? std::string("'").append(field->name).append("'") : std::to_string(number);
    return text.append(" of ").append(message.type().name);
  }

  [[noreturn]] void fail_plain(const std::string& what) const { throw FormatError(*source_ + ": " + what); }
  [[noreturn]] void fail(const Message& message, size_t offset, const std::string& what) const {
    fail_plain("at byte " + std::to_string(offset) + " (in " + std::string(message.type().name) + "): " + what);
  }

  std::span<const std::byte> bytes_;
  std::shared_ptr<const std::string> source_;
  std::shared_ptr<const ByteOwner> owner_;
  WireScope scope_;
  size_t pos_ = 0;
  size_t values_ = 0;
};

}  // namespace

Message parse_wire(const MessageType& type, std::span<const std::byte> bytes, std::string_view source,
                   std::shared_ptr<const ByteOwner> owner, WireScope scope) {
  return WireReader(bytes, source, std::move(owner), scope).read(type);
}

}  // namespace deepvis::model
