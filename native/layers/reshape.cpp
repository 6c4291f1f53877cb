// Reshape: the same values under another shape; 0 keeps an axis, -1 takes what is left.
#include "layers/copying.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Reshape final : public Copying {
 public:
  using Copying::Copying;

  Window window(size_t) const override { return {kWholeAxis, kWholeAxis}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const model::Message& own = param("reshape_param");
    const model::Message& wanted = own.message("shape");
    const Shape& bottom = bottoms[0];
    // Only the axes [first, last) are given anew.
    const int64_t axis = own.integer("axis");
    const int64_t first_axis = axis >= 0 ? axis : bottom.axes() + axis + 1;
    if (first_axis < 0 || first_axis > bottom.axes()) {
      fail<FormatError>("axis " + std::to_string(axis) + " is not one of the input's shape " + bottom.str());
    }
    const int first = static_cast<int>(first_axis);
    const int64_t num_axes = own.integer("num_axes");
    if (num_axes < -1 || num_axes > bottom.axes() - first) {
      fail<FormatError>("num_axes " + std::to_string(num_axes) + " reaches beyond the input's shape " + bottom.str());
    }
    const int last = num_axes == -1 ? bottom.axes() : first + static_cast<int>(num_axes);
    std::vector<int64_t> dims(bottom.dims().begin(), bottom.dims().begin() + first);
    int inferred = -1;
    for (size_t i = 0; i < wanted.size("dim"); ++i) {
      int64_t dim = wanted.integer("dim", i);
      if (dim == -1) {
        if (inferred >= 0) fail<FormatError>("shape may hold -1 once only");
        inferred = static_cast<int>(dims.size());
        dim = 1;
      } else if (dim == 0) {
        const int kept = first + static_cast<int>(i);
        if (kept >= bottom.axes()) {
          fail<FormatError>("dim 0 keeps axis " + std::to_string(kept) + ", which the input " + bottom.str() +
                            " does not have");
        }
        dim = bottom[kept];
      } else if (dim < 0) {
        fail<FormatError>("dim must be positive, 0 (keep) or -1 (what is left), found " + std::to_string(dim));
      }
      dims.push_back(dim);
    }
    dims.insert(dims.end(), bottom.dims().begin() + last, bottom.dims().end());
    const int64_t known = Shape(dims).count();
    if (inferred >= 0 && known > 0 && bottom.count() % known == 0) {
      dims[static_cast<size_t>(inferred)] = bottom.count() / known;
    }
    const Shape top(std::move(dims));
    if (top.count() != bottom.count()) {
      fail<ShapeError>("cannot see an input of shape " + bottom.str() + " as " + top.str());
    }
    return {top};
  }
};

}  // namespace

std::unique_ptr<Layer> make_reshape(const model::Message& spec) { return std::make_unique<Reshape>(spec); }

}  // namespace deepvis
