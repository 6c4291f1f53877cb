#include "layers/layer.hpp"

namespace deepvis {

namespace {

// The spec without its trained values: a saved net's layer message may carry them, and a layer never reads them.
model::Message without_blobs(const model::Message& spec) {
  model::Message copy = spec;
  copy.clear("blobs");
  return copy;
}

}  // namespace

Layer::Layer(const model::Message& spec)
    : spec_(without_blobs(spec)), name_(spec.text("name")), type_(spec.text("type")) {}

std::string Layer::describe() const {
  const std::string place = spec_.place();
  return (place.empty() ? "" : place + ": ") + "layer '" + name_ + "' (" + type_ + ")";
}

void Layer::check_count(const char* what, size_t found, int min, int max) const {
  const int count = static_cast<int>(found);
  if (count >= min && (max == kAny || count <= max)) return;
  std::string wanted = std::to_string(min);
  if (max == kAny) {
    wanted = "at least " + wanted;
  } else if (max != min) {
    wanted += " to " + std::to_string(max);
  }
  fail<FormatError>("expected " + wanted + " " + what + (wanted == "1" ? "" : "s") + ", found " +
                    std::to_string(count));
}

std::vector<Shape> Layer::reshape(std::span<const Shape> bottoms, size_t top_count) {
  const Arity wanted = arity();
  check_count("bottom", bottoms.size(), wanted.min_bottoms, wanted.max_bottoms);
  check_count("top", top_count, wanted.min_tops, wanted.max_tops);
  try {
    return infer(bottoms, top_count);
  } catch (const LimitError& error) {
    fail<LimitError>(error.what());
  }
}

int Layer::axis_of(const Shape& shape, int64_t axis) const {
  try {
    return shape.canonical_axis(axis, "axis");
  } catch (const ShapeError& error) {
    fail<ShapeError>(error.what());
  }
}

Window Layer::window(size_t) const { return {}; }

}  // namespace deepvis
