#include "model/message.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <type_traits>

namespace deepvis::model {

namespace {

bool is_integer(FieldType type) {
  return type == FieldType::Int32 || type == FieldType::Int64 || type == FieldType::Uint32 || type == FieldType::Uint64;
}

bool is_real(FieldType type) { return type == FieldType::Float || type == FieldType::Double; }

bool is_text(FieldType type) { return type == FieldType::String || type == FieldType::Bytes; }

[[noreturn]] void misuse(const MessageType& type, std::string_view name, const char* what) {
  throw std::logic_error(std::string(type.name) + "." + std::string(name) + " " + what);
}

void require(bool holds, const MessageType& type, const Field& field, const char* what) {
  if (!holds) misuse(type, field.name, what);
}

int default_choice(const Field& field) {
  if (!field.default_text.empty()) {
    if (const EnumValue* value = field.enumeration->find(field.default_text)) return value->number;
  }
  return field.enumeration->values.front().number;  // protobuf's rule
}

// Floats are kept as float32 values, as protobuf does, so that what is written is what Caffe would read.
double stored_real(const Field& field, double value) {
  return field.type == FieldType::Float ? static_cast<double>(static_cast<float>(value)) : value;
}

const Message& empty_message(const MessageType& type) {
  static const std::map<const MessageType*, Message> empties = [] {
    std::map<const MessageType*, Message> made;
    for (const MessageType* each : message_types()) made.emplace(each, Message(*each));
    return made;
  }();
  return empties.at(&type);
}

}  // namespace

// ---- copying ----

Message::Message(const Message& other) : type_(other.type_), source_(other.source_), line_(other.line_) {
  entries_.reserve(other.entries_.size());
  for (const Entry& entry : other.entries_) {
    Entry copy{entry.field, {}};
    std::visit(
        [&](const auto& values) {
          using Kind = std::decay_t<decltype(values)>;
          if constexpr (std::is_same_v<Kind, std::vector<std::unique_ptr<Message>>>) {
            Kind messages;
            messages.reserve(values.size());
            for (const auto& message : values) messages.push_back(std::make_unique<Message>(*message));
            copy.values = std::move(messages);
          } else {
            copy.values = values;
          }
        },
        entry.values);
    entries_.push_back(std::move(copy));
  }
}

Message& Message::operator=(const Message& other) {
  if (this != &other) *this = Message(other);
  return *this;
}

// ---- places ----

void Message::set_place(std::shared_ptr<const std::string> source, int line) {
  source_ = std::move(source);
  line_ = line;
}

void Message::set_place_of(const Message& other) { set_place(other.source_, other.line_); }

std::string Message::place() const {
  if (!source_) return "";
  return line_ > 0 ? *source_ + ":" + std::to_string(line_) : *source_;
}

// ---- finding ----

const Field& Message::field(std::string_view name) const {
  const Field* found = type_->find(name);
  if (!found) misuse(*type_, name, "is not in the schema");
  return *found;
}

const Message::Entry* Message::find(const Field& field) const {
  for (const Entry& entry : entries_) {
    if (entry.field == &field) return &entry;
  }
  return nullptr;
}

Message::Entry& Message::find_or_make(const Field& field) {
  if (const Entry* entry = find(field)) return const_cast<Entry&>(*entry);
  Values values;
  if (is_real(field.type)) {
    if (field.repeated && field.type == FieldType::Float) {
      values = Floats();
    } else {
      values = std::vector<double>();
    }
  } else if (is_text(field.type)) {
    values = std::vector<std::string>();
  } else if (field.type == FieldType::Message) {
    values = std::vector<std::unique_ptr<Message>>();
  }
  entries_.push_back({&field, std::move(values)});
  return entries_.back();
}

bool Message::has(std::string_view name) const { return size(name) > 0; }

size_t Message::size(std::string_view name) const {
  const Entry* entry = find(field(name));
  return entry ? std::visit([](const auto& values) { return values.size(); }, entry->values) : 0;
}

std::vector<const Field*> Message::set_fields() const {
  std::vector<const Field*> fields;
  for (const Field& each : type_->fields) {
    if (has(each.name)) fields.push_back(&each);
  }
  return fields;
}

// ---- reading ----

namespace {

// Values are stored as vectors; a singular field has one.
template <typename Vector>
const typename Vector::value_type* value_at(const Vector& values, size_t index) {
  return index < values.size() ? &values[index] : nullptr;
}

}  // namespace

int64_t Message::integer(std::string_view name, size_t index) const {
  const Field& f = field(name);
  require(is_integer(f.type) || f.type == FieldType::Bool, *type_, f, "is not an integer");
  if (const Entry* entry = find(f)) {
    if (const int64_t* value = value_at(std::get<std::vector<int64_t>>(entry->values), index)) return *value;
  }
  require(!f.repeated, *type_, f, "has no value at this index");
  int64_t value = 0;
  if (f.type == FieldType::Bool) return f.default_text == "true" ? 1 : 0;
  std::from_chars(f.default_text.data(), f.default_text.data() + f.default_text.size(), value);
  return value;
}

double Message::real(std::string_view name, size_t index) const {
  const Field& f = field(name);
  require(is_real(f.type), *type_, f, "is not a floating-point number");
  if (const Entry* entry = find(f)) {
    if (const Floats* values = std::get_if<Floats>(&entry->values)) {
      if (index < values->size()) return static_cast<double>((*values)[index]);
    } else if (const double* value = value_at(std::get<std::vector<double>>(entry->values), index)) {
      return *value;
    }
  }
  require(!f.repeated, *type_, f, "has no value at this index");
  double value = 0;
  std::from_chars(f.default_text.data(), f.default_text.data() + f.default_text.size(), value);
  return stored_real(f, value);
}

bool Message::flag(std::string_view name) const { return flag_at(name, 0); }

bool Message::flag_at(std::string_view name, size_t index) const {
  require(field(name).type == FieldType::Bool, *type_, field(name), "is not a bool");
  return integer(name, index) != 0;
}

std::string_view Message::text(std::string_view name, size_t index) const {
  const Field& f = field(name);
  require(is_text(f.type), *type_, f, "is not text");
  if (const Entry* entry = find(f)) {
    if (const std::string* value = value_at(std::get<std::vector<std::string>>(entry->values), index)) return *value;
  }
  require(!f.repeated, *type_, f, "has no value at this index");
  return f.default_text;
}

int Message::choice(std::string_view name, size_t index) const {
  const Field& f = field(name);
  require(f.type == FieldType::Enum, *type_, f, "is not an enum");
  if (const Entry* entry = find(f)) {
    if (const int64_t* value = value_at(std::get<std::vector<int64_t>>(entry->values), index)) {
      return static_cast<int>(*value);
    }
  }
  require(!f.repeated, *type_, f, "has no value at this index");
  return default_choice(f);
}

std::string_view Message::choice_name(std::string_view name, size_t index) const {
  return field(name).enumeration->find(choice(name, index))->name;
}

const Floats& Message::floats(std::string_view name) const {
  static const Floats none;
  const Field& f = field(name);
  require(f.repeated && f.type == FieldType::Float, *type_, f, "is not a repeated float");
  const Entry* entry = find(f);
  return entry ? std::get<Floats>(entry->values) : none;
}

const std::vector<double>& Message::doubles(std::string_view name) const {
  static const std::vector<double> none;
  const Field& f = field(name);
  require(f.repeated && f.type == FieldType::Double, *type_, f, "is not a repeated double");
  const Entry* entry = find(f);
  return entry ? std::get<std::vector<double>>(entry->values) : none;
}

const Message& Message::message(std::string_view name, size_t index) const {
  const Field& f = field(name);
  require(f.type == FieldType::Message, *type_, f, "is not a message");
  if (const Entry* entry = find(f)) {
    const auto& messages = std::get<std::vector<std::unique_ptr<Message>>>(entry->values);
    if (index < messages.size()) return *messages[index];
  }
  require(!f.repeated, *type_, f, "has no value at this index");
  return empty_message(*f.message);
}

// ---- writing ----

void Message::set_integer(std::string_view name, int64_t value) {
  const Field& f = field(name);
  require(is_integer(f.type) && !f.repeated, *type_, f, "is not a singular integer");
  find_or_make(f).values = std::vector<int64_t>{value};
}

void Message::set_real(std::string_view name, double value) {
  const Field& f = field(name);
  require(is_real(f.type) && !f.repeated, *type_, f, "is not a singular floating-point number");
  find_or_make(f).values = std::vector<double>{stored_real(f, value)};
}

void Message::set_flag(std::string_view name, bool value) {
  const Field& f = field(name);
  require(f.type == FieldType::Bool && !f.repeated, *type_, f, "is not a singular bool");
  find_or_make(f).values = std::vector<int64_t>{value ? 1 : 0};
}

void Message::set_text(std::string_view name, std::string_view value) {
  const Field& f = field(name);
  require(is_text(f.type) && !f.repeated, *type_, f, "is not a singular string");
  find_or_make(f).values = std::vector<std::string>{std::string(value)};
}

void Message::set_choice(std::string_view name, int number) {
  const Field& f = field(name);
  require(f.type == FieldType::Enum && !f.repeated && f.enumeration->find(number), *type_, f,
          "is not a singular enum with this value");
  find_or_make(f).values = std::vector<int64_t>{number};
}

void Message::set_floats(std::string_view name, Floats values) {
  const Field& f = field(name);
  require(f.repeated && f.type == FieldType::Float, *type_, f, "is not a repeated float");
  find_or_make(f).values = std::move(values);
}

Message& Message::mutable_message(std::string_view name) {
  const Field& f = field(name);
  require(f.type == FieldType::Message && !f.repeated, *type_, f, "is not a singular message");
  auto& messages = std::get<std::vector<std::unique_ptr<Message>>>(find_or_make(f).values);
  if (messages.empty()) messages.push_back(std::make_unique<Message>(*f.message));
  return *messages.front();
}

Message& Message::mutable_message(std::string_view name, size_t index) {
  const Field& f = field(name);
  require(f.type == FieldType::Message && f.repeated, *type_, f, "is not a repeated message");
  return *std::get<std::vector<std::unique_ptr<Message>>>(find_or_make(f).values).at(index);
}

void Message::add_integer(std::string_view name, int64_t value) {
  const Field& f = field(name);
  require((is_integer(f.type) || f.type == FieldType::Bool) && f.repeated, *type_, f, "is not a repeated integer");
  std::get<std::vector<int64_t>>(find_or_make(f).values).push_back(value);
}

void Message::add_real(std::string_view name, double value) {
  const Field& f = field(name);
  require(is_real(f.type) && f.repeated, *type_, f, "is not a repeated floating-point number");
  Values& values = find_or_make(f).values;
  if (Floats* floats = std::get_if<Floats>(&values)) {
    floats->push_back(static_cast<float>(value));
  } else {
    std::get<std::vector<double>>(values).push_back(value);
  }
}

void Message::add_text(std::string_view name, std::string_view value) {
  const Field& f = field(name);
  require(is_text(f.type) && f.repeated, *type_, f, "is not a repeated string");
  std::get<std::vector<std::string>>(find_or_make(f).values).emplace_back(value);
}

void Message::set_text(std::string_view name, size_t index, std::string_view value) {
  const Field& f = field(name);
  require(is_text(f.type) && f.repeated, *type_, f, "is not a repeated string");
  std::get<std::vector<std::string>>(find_or_make(f).values).at(index) = value;
}

void Message::add_choice(std::string_view name, int number) {
  const Field& f = field(name);
  require(f.type == FieldType::Enum && f.repeated && f.enumeration->find(number), *type_, f,
          "is not a repeated enum with this value");
  std::get<std::vector<int64_t>>(find_or_make(f).values).push_back(number);
}

Message& Message::add_message(std::string_view name) { return add_message(name, Message(*field(name).message)); }

Message& Message::add_message(std::string_view name, Message value) {
  const Field& f = field(name);
  require(f.type == FieldType::Message && f.repeated && &value.type() == f.message, *type_, f,
          "is not a repeated message of this type");
  auto& messages = std::get<std::vector<std::unique_ptr<Message>>>(find_or_make(f).values);
  messages.push_back(std::make_unique<Message>(std::move(value)));
  return *messages.back();
}

void Message::insert_message(std::string_view name, size_t index, Message value) {
  add_message(name, std::move(value));
  auto& messages = std::get<std::vector<std::unique_ptr<Message>>>(find_or_make(field(name)).values);
  std::rotate(messages.begin() + static_cast<std::ptrdiff_t>(index), messages.end() - 1, messages.end());
}

void Message::clear(std::string_view name) {
  const Field& f = field(name);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.field == &f; });
}

}  // namespace deepvis::model
