// Permute: the axes in another order. From the SSD branch of Caffe.
#include <numeric>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Permute final : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    float* y = pass.tops[0].data;
    visit([=](int64_t top, int64_t bottom) { y[top] = x[bottom]; });
  }

  void backward(const BackwardPass& pass) override {
    const float* d = pass.top_diffs[0].data;
    float* out = pass.bottom_diffs[0].data;
    visit([=](int64_t top, int64_t bottom) { out[bottom] = d[top]; });
  }

  Needs needs() const override { return {}; }
  Window window(size_t) const override { return {kWholeAxis, kWholeAxis}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const model::Message& own = param("permute_param");
    const Shape& bottom = bottoms[0];
    order_.clear();
    std::vector<bool> used(static_cast<size_t>(bottom.axes()), false);
    for (size_t i = 0; i < own.size("order"); ++i) {
      const int64_t axis = own.integer("order", i);
      if (axis < 0 || axis >= bottom.axes() || used[static_cast<size_t>(axis)]) {
        fail<FormatError>("order must name each axis of the input " + bottom.str() + " once, found " +
                          std::to_string(axis));
      }
      used[static_cast<size_t>(axis)] = true;
      order_.push_back(static_cast<int>(axis));
    }
    // Axes that were not named follow in their own order.
    for (int axis = 0; axis < bottom.axes(); ++axis) {
      if (!used[static_cast<size_t>(axis)]) order_.push_back(axis);
    }
    std::vector<int64_t> dims;
    steps_.clear();
    for (const int axis : order_) {
      dims.push_back(bottom[axis]);
      steps_.push_back(bottom.count_from(axis + 1));
    }
    top_ = Shape(std::move(dims));
    return {top_};
  }

 private:
  // Calls body(top index, bottom index) for every element.
  template <class Body>
  void visit(Body body) const {
    std::vector<int64_t> position(order_.size(), 0);
    int64_t bottom = 0;
    for (int64_t top = 0; top < top_.count(); ++top) {
      body(top, bottom);
      for (size_t axis = position.size(); axis-- > 0;) {
        bottom += steps_[axis];
        if (++position[axis] < top_[static_cast<int>(axis)]) break;
        bottom -= steps_[axis] * position[axis];
        position[axis] = 0;
      }
    }
  }

  std::vector<int> order_;
  std::vector<int64_t> steps_;  // how far the bottom index moves along each axis of the top
  Shape top_;
};

}  // namespace

std::unique_ptr<Layer> make_permute(const model::Message& spec) { return std::make_unique<Permute>(spec); }

}  // namespace deepvis
