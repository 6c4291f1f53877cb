#include "net/fillers.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "core/error.hpp"

namespace deepvis {

namespace {

// Uniform and normal numbers that are the same on every platform, unlike the standard library's distributions.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // In [0, 1).
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::mt19937_64 engine_;
};

// The n in xavier's and msra's scale: inputs a unit sees, units an input feeds, or their mean.
double variance_norm(const Shape& shape, const model::Message& filler) {
  const double fan_in = static_cast<double>(shape.count()) / static_cast<double>(std::max<int64_t>(shape.n(), 1));
  const double fan_out = static_cast<double>(shape.count()) / static_cast<double>(std::max<int64_t>(shape.c(), 1));
  const std::string_view norm = filler.choice_name("variance_norm");
  if (norm == "FAN_OUT") return fan_out;
  if (norm == "AVERAGE") return (fan_in + fan_out) / 2;
  return fan_in;
}

void fill_gaussian(std::span<float> values, const Shape& shape, const model::Message& filler, Random& random) {
  const double mean = filler.real("mean");
  const double deviation = filler.real("std");
  for (float& value : values) value = static_cast<float>(mean + deviation * random.normal());
  const int64_t sparse = filler.integer("sparse");
  if (sparse < 0) return;
  // About `sparse` weights a unit stay.
  const double kept = static_cast<double>(sparse) / static_cast<double>(std::max<int64_t>(shape.n(), 1));
  for (float& value : values) {
    if (random.uniform() >= kept) value = 0;
  }
}

// Each unit's weights are positive and sum to 1.
void fill_unit_ball(std::span<float> values, const Shape& shape, Random& random) {
  const size_t length = values.size() / static_cast<size_t>(std::max<int64_t>(shape.n(), 1));
  for (size_t start = 0; length > 0 && start + length <= values.size(); start += length) {
    double sum = 0;
    for (size_t i = start; i < start + length; ++i) sum += values[i] = static_cast<float>(random.uniform());
    for (size_t i = start; i < start + length; ++i) values[i] = static_cast<float>(values[i] / sum);
  }
}

// The kernel of bilinear upsampling, for a Deconvolution.
void fill_bilinear(std::span<float> values, const Shape& shape, const std::string& where) {
  if (shape.axes() != 4 || shape.h() != shape.w()) {
    throw FormatError(where + ": a bilinear filler needs square kernels, found the shape " + shape.str());
  }
  const auto size = static_cast<double>(shape.w());
  const double step = std::ceil(size / 2);
  const double centre = (2 * step - 1 - std::fmod(step, 2)) / (2 * step);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto x = static_cast<double>(static_cast<int64_t>(i) % shape.w());
    const auto y = static_cast<double>(static_cast<int64_t>(i) / shape.w() % shape.h());
    values[i] = static_cast<float>((1 - std::abs(x / step - centre)) * (1 - std::abs(y / step - centre)));
  }
}

}  // namespace

void fill(Tensor& tensor, const model::Message& filler, uint64_t seed, const std::string& where) {
  const std::string_view type = filler.text("type");
  const std::span<float> values = tensor.values();
  Random random(seed);
  if (type == "constant") {
    std::fill(values.begin(), values.end(), static_cast<float>(filler.real("value")));
  } else if (type == "uniform") {
    for (float& value : values) value = static_cast<float>(random.uniform(filler.real("min"), filler.real("max")));
  } else if (type == "gaussian") {
    fill_gaussian(values, tensor.shape(), filler, random);
  } else if (type == "positive_unitball") {
    fill_unit_ball(values, tensor.shape(), random);
  } else if (type == "xavier") {
    const double reach = std::sqrt(3 / variance_norm(tensor.shape(), filler));
    for (float& value : values) value = static_cast<float>(random.uniform(-reach, reach));
  } else if (type == "msra") {
    const double deviation = std::sqrt(2 / variance_norm(tensor.shape(), filler));
    for (float& value : values) value = static_cast<float>(deviation * random.normal());
  } else if (type == "bilinear") {
    fill_bilinear(values, tensor.shape(), where);
  } else {
    throw FormatError(where + ": unknown filler type '" + std::string(type) +
                      "' (known types: bilinear, constant, gaussian, msra, positive_unitball, uniform, xavier)");
  }
}

}  // namespace deepvis
