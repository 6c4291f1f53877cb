// Tile: the bottom repeated along one axis.
#include <algorithm>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Tile final : public Layer {
 public:
  explicit Tile(const model::Message& spec) : Layer(spec), tiles_(param("tile_param").integer("tiles")) {
    if (tiles_ < 1) fail<FormatError>("tiles must be at least 1, found " + std::to_string(tiles_));
  }

  void forward(const ForwardPass& pass) override {
    for (int64_t outer = 0; outer < outer_; ++outer) {
      for (int64_t tile = 0; tile < tiles_; ++tile) {
        std::copy_n(pass.bottoms[0].data + outer * line_, line_, pass.tops[0].data + (outer * tiles_ + tile) * line_);
      }
    }
  }

  void backward(const BackwardPass& pass) override {
    std::fill_n(pass.bottom_diffs[0].data, pass.bottom_diffs[0].count(), 0.0F);
    for (int64_t outer = 0; outer < outer_; ++outer) {
      for (int64_t tile = 0; tile < tiles_; ++tile) {
        const float* d = pass.top_diffs[0].data + (outer * tiles_ + tile) * line_;
        float* out = pass.bottom_diffs[0].data + outer * line_;
        for (int64_t i = 0; i < line_; ++i) out[i] += d[i];
      }
    }
  }

  Needs needs() const override { return {}; }
  Window window(size_t) const override {
    return {axis_ == 2 ? kWholeAxis : AxisWindow{}, axis_ == 3 ? kWholeAxis : AxisWindow{}};
  }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    axis_ = axis_of(bottom, param("tile_param").integer("axis"));
    outer_ = bottom.count(0, axis_);
    line_ = bottom.count_from(axis_);
    return {bottom.with(axis_, bottom[axis_] * tiles_)};
  }

 private:
  int64_t tiles_;
  int axis_ = 1;
  int64_t outer_ = 0, line_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_tile(const model::Message& spec) { return std::make_unique<Tile>(spec); }

}  // namespace deepvis
