// Slice: one bottom cut along one axis into its tops; at the given points, or evenly.
#include <algorithm>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Slice final : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass& pass) override {
    int64_t offset = 0;
    for (const View& top : pass.tops) {
      const int64_t length = top.shape->count_from(axis_);
      for (int64_t outer = 0; outer < outer_; ++outer) {
        std::copy_n(pass.bottoms[0].data + outer * line_ + offset, length, top.data + outer * length);
      }
      offset += length;
    }
  }

  void backward(const BackwardPass& pass) override {
    int64_t offset = 0;
    for (const ConstView& top : pass.top_diffs) {
      const int64_t length = top.shape->count_from(axis_);
      for (int64_t outer = 0; outer < outer_; ++outer) {
        std::copy_n(top.data + outer * length, length, pass.bottom_diffs[0].data + outer * line_ + offset);
      }
      offset += length;
    }
  }

  Needs needs() const override { return {}; }

 protected:
  Arity arity() const override { return {.max_tops = kAny}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t top_count) override {
    const model::Message& own = param("slice_param");
    const Shape& bottom = bottoms[0];
    axis_ = axis_of(bottom, own.has("slice_dim") ? own.integer("slice_dim") : own.integer("axis"));
    outer_ = bottom.count(0, axis_);
    line_ = bottom.count_from(axis_);
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
  int64_t outer_ = 0;
  int64_t line_ = 0;  // values of the bottom from one outer index to the next
};

}  // namespace

std::unique_ptr<Layer> make_slice(const model::Message& spec) { return std::make_unique<Slice>(spec); }

}  // namespace deepvis
