// What the element-wise layers have in common: one bottom, one top of the same shape, a window of one element.
#pragma once

#include "cpu/reference/map.hpp"
#include "layers/layer.hpp"

namespace deepvis {

class Elementwise : public Layer {
 public:
  using Layer::Layer;

  LayoutRule layout_rule() const override { return LayoutRule::Follow; }
  Locality locality() const override { return Locality::Pointwise; }
  bool is_channelwise() const override { return true; }
  bool backward_in_place() const override { return true; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override { return {bottoms[0]}; }

  // Calls run(first, count) for pieces of the elements, in parallel.
  template <class Run>
  static void in_pieces(int64_t count, Run run) {
    cpu::reference::for_each_piece(count, run);
  }

  // top[i] = f(bottom[i])
  template <class F>
  static void map(const ForwardPass& pass, F f) {
    const float* x = pass.bottoms[0].data;
    float* y = pass.tops[0].data;
    cpu::reference::for_each(pass.tops[0].count(), [=](int64_t i) { y[i] = f(x[i]); });
  }

  // bottom_diff[i] = f(top_diff[i], bottom[i])
  template <class F>
  static void map_back_from_bottom(const BackwardPass& pass, F f) {
    const float* d = pass.top_diffs[0].data;
    const float* x = pass.bottoms[0].data;
    float* out = pass.bottom_diffs[0].data;
    cpu::reference::for_each(pass.bottom_diffs[0].count(), [=](int64_t i) { out[i] = f(d[i], x[i]); });
  }

  // bottom_diff[i] = f(top_diff[i], top[i])
  template <class F>
  static void map_back_from_top(const BackwardPass& pass, F f) {
    const float* d = pass.top_diffs[0].data;
    const float* y = pass.tops[0].data;
    float* out = pass.bottom_diffs[0].data;
    cpu::reference::for_each(pass.bottom_diffs[0].count(), [=](int64_t i) { out[i] = f(d[i], y[i]); });
  }
};

}  // namespace deepvis
