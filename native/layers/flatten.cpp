// Flatten: the axes from `axis` to `end_axis` become one.
#include "layers/copying.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Flatten final : public Copying {
 public:
  using Copying::Copying;

  // Positions are gone once height and width have been folded into the channels.
  Window window(size_t) const override { return folds_positions_ ? Window{kWholeAxis, kWholeAxis} : Window{}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    const int first = axis_of(bottom, param("flatten_param").integer("axis"));
    const int last = axis_of(bottom, param("flatten_param").integer("end_axis"));
    if (last < first) {
      fail<FormatError>("end_axis " + std::to_string(last) + " comes before axis " + std::to_string(first));
    }
    std::vector<int64_t> dims;
    for (int axis = 0; axis < first; ++axis) dims.push_back(bottom[axis]);
    dims.push_back(bottom.count(first, last + 1));
    for (int axis = last + 1; axis < bottom.axes(); ++axis) dims.push_back(bottom[axis]);
    folds_positions_ = last >= 2 && last > first;
    return {Shape(std::move(dims))};
  }

 private:
  bool folds_positions_ = true;
};

}  // namespace

std::unique_ptr<Layer> make_flatten(const model::Message& spec) { return std::make_unique<Flatten>(spec); }

}  // namespace deepvis
