// Concat: the bottoms one after another along one axis (the channels unless told otherwise).
#include <algorithm>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Concat final : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass& pass) override {
    int64_t offset = 0;
    for (const ConstView& bottom : pass.bottoms) {
      const int64_t length = bottom.shape->count_from(axis_);
      for (int64_t outer = 0; outer < outer_; ++outer) {
        std::copy_n(bottom.data + outer * length, length, pass.tops[0].data + outer * line_ + offset);
      }
      offset += length;
    }
  }

  void backward(const BackwardPass& pass) override {
    int64_t offset = 0;
    for (const View& bottom : pass.bottom_diffs) {
      const int64_t length = bottom.shape->count_from(axis_);
      for (int64_t outer = 0; bottom.data != nullptr && outer < outer_; ++outer) {
        std::copy_n(pass.top_diffs[0].data + outer * line_ + offset, length, bottom.data + outer * length);
      }
      offset += length;
    }
  }

  Needs needs() const override { return {}; }

 protected:
  Arity arity() const override { return {.max_bottoms = kAny}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const model::Message& own = param("concat_param");
    axis_ = axis_of(bottoms[0], own.has("concat_dim") ? own.integer("concat_dim") : own.integer("axis"));
    int64_t extent = 0;
    for (const Shape& bottom : bottoms) {
      if (bottom.axes() != bottoms[0].axes() || bottom.with(axis_, 1) != bottoms[0].with(axis_, 1)) {
        fail<ShapeError>("bottoms may differ along axis " + std::to_string(axis_) + " only, found " + bottoms[0].str() +
                         " and " + bottom.str());
      }
      extent += bottom[axis_];
    }
    const Shape top = bottoms[0].with(axis_, extent);
    outer_ = top.count(0, axis_);
    line_ = top.count_from(axis_);
    return {top};
  }

 private:
  int axis_ = 1;
  int64_t outer_ = 0;
  int64_t line_ = 0;  // values of the top from one outer index to the next
};

}  // namespace

std::unique_ptr<Layer> make_concat(const model::Message& spec) { return std::make_unique<Concat>(spec); }

}  // namespace deepvis
