// Slice: one bottom cut along one axis into its tops; at the given points, or evenly.
#include "layers/cut_lines.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Slice final : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass& pass) override {
    CutLines(*pass.bottoms[0].shape, axis_, pass.layout).cut(pass.bottoms[0].data, pass.tops);
  }

  void backward(const BackwardPass& pass) override {
    CutLines(*pass.bottom_diffs[0].shape, axis_, pass.layout).join(pass.top_diffs, pass.bottom_diffs[0].data);
  }

  LayoutRule layout_rule() const override { return by_channel_ ? LayoutRule::Follow : LayoutRule::Plain; }
  Locality locality() const override { return by_channel_ ? Locality::Pointwise : Locality::Whole; }
  Needs needs() const override { return {}; }

 protected:
  Arity arity() const override { return {.max_tops = kAny}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t top_count) override {
    const model::Message& own = param("slice_param");
    const Shape& bottom = bottoms[0];
    axis_ = axis_of(bottom, own.has("slice_dim") ? own.integer("slice_dim") : own.integer("axis"));
    by_channel_ = cuts_channels(bottom, axis_);
    std::vector<Shape> tops;
    for (const int64_t extent : extents(own, bottom[axis_], top_count)) tops.push_back(bottom.with(axis_, extent));
    return tops;
  }

 private:
  std::vector<int64_t> extents(const model::Message& own, int64_t extent, size_t top_count) const {
    const size_t points = own.size("slice_point");
    const auto tops = static_cast<int64_t>(top_count);
    if (points == 0) {
      if (extent % tops != 0) {
        fail<ShapeError>("cannot cut an extent of " + std::to_string(extent) + " into " + std::to_string(tops) +
                         " equal tops; give slice_point");
      }
      return std::vector<int64_t>(top_count, extent / tops);
    }
    if (points + 1 != top_count) {
      fail<FormatError>("expected one slice_point fewer than the " + std::to_string(tops) + " tops, found " +
                        std::to_string(points));
    }
    std::vector<int64_t> lengths;
    int64_t previous = 0;
    for (size_t i = 0; i <= points; ++i) {
      const int64_t point = i < points ? own.integer("slice_point", i) : extent;
      if (point <= previous) {
        fail<ShapeError>("slice_point must rise from 1 to below the extent " + std::to_string(extent) + ", found " +
                         std::to_string(point) + " after " + std::to_string(previous));
      }
      lengths.push_back(point - previous);
      previous = point;
    }
    return lengths;
  }

  int axis_ = 1;
  bool by_channel_ = false;
};

}  // namespace

std::unique_ptr<Layer> make_slice(const model::Message& spec) { return std::make_unique<Slice>(spec); }

}  // namespace deepvis
