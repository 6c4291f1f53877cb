#include "model/blob_values.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.hpp"

namespace deepvis::model {

namespace {

// IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits.
float from_half(uint16_t half) {
  const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
  const int exponent = (half >> 10) & 0x1F;
  const int fraction = half & 0x3FF;
  if (exponent == 0x1F) {
    return fraction == 0 ? sign * std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
}

// The raw bytes as values of type Stored, each made a float.
template <class Stored, class Convert>
Floats converted(std::string_view raw, const std::string& where, Convert convert) {
  if (raw.size() % sizeof(Stored) != 0) {
    throw FormatError(where + " holds " + std::to_string(raw.size()) + " raw bytes, no whole number of " +
                      std::to_string(sizeof(Stored)) + "-byte values");
  }
  std::vector<float> values(raw.size() / sizeof(Stored));
  for (size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, raw.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
  return Floats(std::move(values));
}

}  // namespace

Floats blob_values(const Message& blob, const std::string& where) {
  const auto narrow = [](double value) { return static_cast<float>(value); };
  if (blob.has("double_data")) {
    const std::vector<double>& doubles = blob.doubles("double_data");
    std::vector<float> values(doubles.size());
    for (size_t i = 0; i < values.size(); ++i) values[i] = narrow(doubles[i]);
    return Floats(std::move(values));
  }
  if (blob.has("data") || !blob.has("raw_data")) return blob.floats("data");
  const std::string_view raw = blob.text("raw_data");
  const std::string_view type = blob.choice_name("raw_data_type");
  if (type == "FLOAT") return converted<float>(raw, where, [](float value) { return value; });
  if (type == "FLOAT16") return converted<uint16_t>(raw, where, from_half);
  if (type == "DOUBLE") return converted<double>(raw, where, narrow);
  throw FormatError(where + " holds raw values of type " + std::string(type) +
                    "; expected FLOAT, FLOAT16 or DOUBLE (weights of quantized nets are not read)");
}

}  // namespace deepvis::model
