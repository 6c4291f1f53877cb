// Concat: the bottoms one after another along one axis (the channels unless told otherwise).
#include "layers/cut_lines.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Concat final : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass& pass) override {
    CutLines(*pass.tops[0].shape, axis_, pass.layout).join(pass.bottoms, pass.tops[0].data);
  }

  void backward(const BackwardPass& pass) override {
    CutLines(*pass.top_diffs[0].shape, axis_, pass.layout).cut(pass.top_diffs[0].data, pass.bottom_diffs);
  }

  LayoutRule layout_rule() const override { return by_channel_ ? LayoutRule::Follow : LayoutRule::Plain; }
  Locality locality() const override { return by_channel_ ? Locality::Pointwise : Locality::Whole; }
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
    by_channel_ = cuts_channels(top, axis_);
    return {top};
  }

 private:
  int axis_ = 1;
  bool by_channel_ = false;
};

}  // namespace

std::unique_ptr<Layer> make_concat(const model::Message& spec) { return std::make_unique<Concat>(spec); }

}  // namespace deepvis
