// What layers without bottoms have in common: the net fills their tops from outside, so a pass has nothing to do.
#pragma once

#include "layers/layer.hpp"

namespace deepvis {

class Source : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass&) override {}
  void backward(const BackwardPass&) override {}
  bool allows_in_place() const override { return false; }
  Needs needs() const override { return {}; }

 protected:
  Arity arity() const override { return {.min_bottoms = 0, .max_bottoms = 0, .max_tops = kAny}; }

  // One shape for all tops or one each, from a repeated BlobShape field.
  std::vector<Shape> shapes_of(const model::Message& own, size_t top_count) const {
    const size_t given = own.size("shape");
    if (given != 1 && given != top_count) {
      fail<FormatError>("expected one shape, or one for each of the " + std::to_string(top_count) + " tops, found " +
                        std::to_string(given));
    }
    std::vector<Shape> shapes;
    for (size_t top = 0; top < top_count; ++top) {
      const model::Message& shape = own.message("shape", given == 1 ? 0 : top);
      std::vector<int64_t> dims;
      for (size_t i = 0; i < shape.size("dim"); ++i) dims.push_back(shape.integer("dim", i));
      shapes.emplace_back(std::move(dims));
    }
    return shapes;
  }
};

}  // namespace deepvis
