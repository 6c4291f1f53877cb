// The shape of Caffe's messages: which fields each has, with what number, type and default.
//
// The tables are plain constant data (caffe_schema_*.cpp); readers, writers and Message all work from them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace deepvis::model {

enum class FieldType : uint8_t { Int32, Int64, Uint32, Uint64, Float, Double, Bool, String, Bytes, Enum, Message };

struct EnumValue {
  std::string_view name;
  int number;
};

struct EnumType {
  std::string_view name;
  std::span<const EnumValue> values;

  const EnumValue* find(std::string_view value_name) const;
  const EnumValue* find(int number) const;
  // The known value name nearest to a misspelt one, or empty.
  std::string_view nearest(std::string_view misspelt) const;
};

struct MessageType;

struct Field {
  std::string_view name;
  int number;
  FieldType type;
  bool repeated = false;
  bool packed = false;                    // how a repeated scalar is written; both forms are read
  std::string_view default_text = {};     // as it would stand in a prototxt; empty: the type's zero
  const MessageType* message = nullptr;   // for FieldType::Message
  const EnumType* enumeration = nullptr;  // for FieldType::Enum
};

struct MessageType {
  std::string_view name;  // "LayerParameter"
  std::span<const Field> fields;

  const Field* find(std::string_view field_name) const;
  const Field* find(int number) const;
  // The known field name nearest to a misspelt one (small edit distance), or empty.
  std::string_view nearest(std::string_view misspelt) const;
};

// The name out of `known` that a misspelt one most likely meant, or empty.
std::string_view nearest_name(std::string_view misspelt, std::span<const std::string_view> known);

// Every message of the schema.
std::span<const MessageType* const> message_types();

// The integers that a field of a type can hold: from -below to above.
struct IntegerRange {
  uint64_t below;
  uint64_t above;
  const char* text;  // "0 to 4294967295"
};
IntegerRange integer_range(FieldType type);

// Looks a message type up by name ("NetParameter"); nullptr when there is none.
const MessageType* find_message_type(std::string_view name);

const MessageType& net_parameter();
const MessageType& layer_parameter();
const MessageType& blob_proto();

}  // namespace deepvis::model
