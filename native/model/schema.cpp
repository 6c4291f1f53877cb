#include "model/schema.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "model/caffe_schema.hpp"

namespace deepvis::model {

namespace {

constexpr size_t kLongestName = 64;  // longer misspellings are not worth the quadratic comparison

// Number of single-character insertions, deletions and replacements between two short names.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view misspelt, std::span<const std::string_view> known) {
  if (misspelt.empty() || misspelt.size() > kLongestName) return {};
  size_t best = misspelt.size() / 3 + 1;  // further away than this is another word
  std::string_view found;
  for (const std::string_view name : known) {
    const size_t distance = edit_distance(misspelt, name);
    if (distance < best || (distance == best && found.empty())) {
      best = distance;
      found = name;
    }
  }
  return found;
}

const EnumValue* EnumType::find(std::string_view value_name) const {
  const auto it = std::find_if(values.begin(), values.end(), [&](const EnumValue& v) { return v.name == value_name; });
  return it == values.end() ? nullptr : &*it;
}

const EnumValue* EnumType::find(int number) const {
  const auto it = std::find_if(values.begin(), values.end(), [&](const EnumValue& v) { return v.number == number; });
  return it == values.end() ? nullptr : &*it;
}

std::string_view EnumType::nearest(std::string_view misspelt) const {
  std::vector<std::string_view> names;
  for (const EnumValue& value : values) names.push_back(value.name);
  return nearest_name(misspelt, names);
}

const Field* MessageType::find(std::string_view field_name) const {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == field_name; });
  return it == fields.end() ? nullptr : &*it;
}

const Field* MessageType::find(int number) const {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.number == number; });
  return it == fields.end() ? nullptr : &*it;
}

std::string_view MessageType::nearest(std::string_view misspelt) const {
  std::vector<std::string_view> names;
  for (const Field& field : fields) names.push_back(field.name);
  return nearest_name(misspelt, names);
}

IntegerRange integer_range(FieldType type) {
  switch (type) {
    case FieldType::Int32:
    case FieldType::Enum:
      return {uint64_t{1} << 31, (uint64_t{1} << 31) - 1, "-2147483648 to 2147483647"};
    case FieldType::Uint32:
      return {0, (uint64_t{1} << 32) - 1, "0 to 4294967295"};
    case FieldType::Int64:
      return {uint64_t{1} << 63, (uint64_t{1} << 63) - 1, "-9223372036854775808 to 9223372036854775807"};
    default:
      return {0, std::numeric_limits<uint64_t>::max(), "0 to 18446744073709551615"};
  }
}

std::span<const MessageType* const> message_types() {
  // Breadth first from the messages that files start with: every other one is a field of these.
  static const std::vector<const MessageType*> all = [] {
    std::vector<const MessageType*> types = {&caffe::kNetParameter, &caffe::kBlobProtoVector, &caffe::kDatum};
    for (size_t i = 0; i < types.size(); ++i) {
      for (const Field& field : types[i]->fields) {
        if (field.message && std::find(types.begin(), types.end(), field.message) == types.end()) {
          types.push_back(field.message);
        }
      }
    }
    return types;
  }();
  return all;
}

const MessageType* find_message_type(std::string_view name) {
  for (const MessageType* type : message_types()) {
    if (type->name == name) return type;
  }
  return nullptr;
}

const MessageType& net_parameter() { return caffe::kNetParameter; }
const MessageType& layer_parameter() { return caffe::kLayerParameter; }
const MessageType& blob_proto() { return caffe::kBlobProto; }

}  // namespace deepvis::model
