// One message of a Caffe file, as a tree whose fields are looked up by the names in Caffe's schema.
//
// Reading a field that was not set gives the schema's default, as protobuf does. Asking for a name that the schema does
// not have, or through an accessor of the wrong kind, is a programming error (std::logic_error).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "model/floats.hpp"
#include "model/schema.hpp"

namespace deepvis::model {

class Message {
 public:
  explicit Message(const MessageType& type) : type_(&type) {}
  Message(const Message&);
  Message& operator=(const Message&);
  Message(Message&&) noexcept = default;
  Message& operator=(Message&&) noexcept = default;
  ~Message() = default;

  const MessageType& type() const { return *type_; }

  // Where the message came from, for error messages; line 0 when it did not come from text.
  void set_place(std::shared_ptr<const std::string> source, int line);
  void set_place_of(const Message& other);
  // "deploy.prototxt:12", "weights.caffemodel", or "" when unknown.
  std::string place() const;

  // Whether a field was set (a repeated one: has at least one value).
  bool has(std::string_view name) const;
  // Number of values of a repeated field; 0 or 1 for a singular one.
  size_t size(std::string_view name) const;
  // The fields that are set, in the schema's order.
  std::vector<const Field*> set_fields() const;

  // Scalar values. `index` is for repeated fields and must be below size(name).
  int64_t integer(std::string_view name, size_t index = 0) const;               // any integer type
  double real(std::string_view name, size_t index = 0) const;                   // float or double
  bool flag(std::string_view name) const;                                       // bool
  bool flag_at(std::string_view name, size_t index) const;                      // repeated bool
  std::string_view text(std::string_view name, size_t index = 0) const;         // string or bytes
  int choice(std::string_view name, size_t index = 0) const;                    // enum, as its number
  std::string_view choice_name(std::string_view name, size_t index = 0) const;  // enum, as its name
  // A repeated float field as a whole, without a copy.
  const Floats& floats(std::string_view name) const;
  // The same for a repeated double field.
  const std::vector<double>& doubles(std::string_view name) const;
  // A sub-message; an unset singular one gives an empty message of that type (whose fields are all defaults).
  const Message& message(std::string_view name, size_t index = 0) const;

  // Setting a singular field replaces its value.
  void set_integer(std::string_view name, int64_t value);
  void set_real(std::string_view name, double value);
  void set_flag(std::string_view name, bool value);
  void set_text(std::string_view name, std::string_view value);
  void set_choice(std::string_view name, int number);
  void set_floats(std::string_view name, Floats values);
  // The sub-message of a singular field, made if it was not set.
  Message& mutable_message(std::string_view name);
  // A sub-message of a repeated field; `index` must be below size(name).
  Message& mutable_message(std::string_view name, size_t index);
  // Replaces one string of a repeated field; `index` must be below size(name).
  void set_text(std::string_view name, size_t index, std::string_view value);
  // Appending to a repeated field.
  void add_integer(std::string_view name, int64_t value);  // or bool
  void add_real(std::string_view name, double value);
  void add_text(std::string_view name, std::string_view value);
  void add_choice(std::string_view name, int number);
  Message& add_message(std::string_view name);
  Message& add_message(std::string_view name, Message value);
  // Puts a message into a repeated field before the one at `index`.
  void insert_message(std::string_view name, size_t index, Message value);
  void clear(std::string_view name);

 private:
  using Values = std::variant<std::vector<int64_t>,      // integers, bools, enums
                              std::vector<double>,       // doubles; singular floats
                              Floats,                    // repeated floats
                              std::vector<std::string>,  // strings, bytes
                              std::vector<std::unique_ptr<Message>>>;
  struct Entry {
    const Field* field;
    Values values;
  };
  const Field& field(std::string_view name) const;
  const Entry* find(const Field& field) const;
  Entry& find_or_make(const Field& field);

  const MessageType* type_;
  std::vector<Entry> entries_;  // in the order the fields first appeared
  std::shared_ptr<const std::string> source_;
  int line_ = 0;
};

}  // namespace deepvis::model
