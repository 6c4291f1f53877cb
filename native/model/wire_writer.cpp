#include <algorithm>
#include <cstring>
#include <limits>

#include "core/error.hpp"
#include "model/wire.hpp"
#include "model/wire_type.hpp"

namespace deepvis::model {

namespace {

constexpr size_t kMaxMessage = std::numeric_limits<int32_t>::max();  // protobuf's own

size_t varint_size(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// What an integer, bool or enum looks like on the wire: negative ones are extended to 64 bits.
uint64_t raw_integer(const Message& message, const Field& field, size_t index) {
  return static_cast<uint64_t>(field.type == FieldType::Enum ? message.choice(field.name, index)
                                                             : message.integer(field.name, index));
}

uint64_t tag_of(const Field& field, WireType type) { return (static_cast<uint64_t>(field.number) << 3) | type; }

size_t message_size(const Message& message);

// Bytes of one value, without tag and length.
size_t value_size(const Message& message, const Field& field, size_t index) {
  switch (field.type) {
    case FieldType::Float:
      return sizeof(float);
    case FieldType::Double:
      return sizeof(double);
    case FieldType::String:
    case FieldType::Bytes:
      return message.text(field.name, index).size();
    case FieldType::Message:
      return message_size(message.message(field.name, index));
    default:
      return varint_size(raw_integer(message, field, index));
  }
}

size_t packed_size(const Message& message, const Field& field) {
  const size_t count = message.size(field.name);
  if (field.type == FieldType::Float || field.type == FieldType::Double) return count * value_size(message, field, 0);
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) size += value_size(message, field, i);
  return size;
}

size_t message_size(const Message& message) {
  size_t total = 0;
  for (const Field* field : message.set_fields()) {
    if (field->packed) {
      const size_t size = packed_size(message, *field);
      total += varint_size(tag_of(*field, kBytes)) + varint_size(size) + size;
      continue;
    }
    const WireType type = wire_type_of(field->type);
    for (size_t i = 0; i < message.size(field->name); ++i) {
      const size_t size = value_size(message, *field, i);
      total += varint_size(tag_of(*field, type)) + (type == kBytes ? varint_size(size) : 0) + size;
    }
  }
  return total;
}

class WireWriter {
 public:
  explicit WireWriter(const ByteSink& sink) : sink_(sink) {}

  void write(const Message& message) {
    std::vector<const Field*> fields = message.set_fields();
    std::sort(fields.begin(), fields.end(), [](const Field* a, const Field* b) { return a->number < b->number; });
    for (const Field* field : fields) {
      if (field->packed) {
        write_packed(message, *field);
      } else {
        for (size_t i = 0; i < message.size(field->name); ++i) write_value(message, *field, i);
      }
    }
  }

 private:
  void write_packed(const Message& message, const Field& field) {
    varint(tag_of(field, kBytes));
    varint(packed_size(message, field));
    if (field.type == FieldType::Float) return sink_(message.floats(field.name).bytes());
    if (field.type == FieldType::Double) return sink_(std::as_bytes(std::span(message.doubles(field.name))));
    for (size_t i = 0; i < message.size(field.name); ++i) varint(raw_integer(message, field, i));
  }

  void write_value(const Message& message, const Field& field, size_t index) {
    const WireType type = wire_type_of(field.type);
    varint(tag_of(field, type));
    switch (field.type) {
      case FieldType::Float:
        return raw(static_cast<float>(message.real(field.name, index)));
      case FieldType::Double:
        return raw(message.real(field.name, index));
      case FieldType::String:
      case FieldType::Bytes: {
        const std::string_view value = message.text(field.name, index);
        varint(value.size());
        return sink_(std::as_bytes(std::span(value)));
      }
      case FieldType::Message: {
        const Message& inner = message.message(field.name, index);
        varint(message_size(inner));
        return write(inner);
      }
      default:
        return varint(raw_integer(message, field, index));
    }
  }

  template <typename Value>
  void raw(Value value) {
    sink_(std::as_bytes(std::span(&value, 1)));
  }

  void varint(uint64_t value) {
    std::byte buffer[10];
    size_t size = 0;
    for (; value >= 0x80; value >>= 7) buffer[size++] = static_cast<std::byte>(value | 0x80);
    buffer[size++] = static_cast<std::byte>(value);
    sink_({buffer, size});
  }

  const ByteSink& sink_;
};

}  // namespace

void write_wire(const Message& message, const ByteSink& sink) {
  if (const size_t size = message_size(message); size > kMaxMessage) {
    throw LimitError("the " + std::string(message.type().name) + " would take " + std::to_string(size) +
                     " bytes; protobuf can read at most " + std::to_string(kMaxMessage));
  }
  WireWriter(sink).write(message);
}

}  // namespace deepvis::model
