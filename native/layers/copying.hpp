// What layers that only rename or reshape have in common: the values are copied as they stand.
#pragma once

#include <algorithm>

#include "layers/layer.hpp"

namespace deepvis {

class Copying : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass& pass) override {
    for (const View& top : pass.tops) {
      if (top.data != pass.bottoms[0].data) std::copy_n(pass.bottoms[0].data, top.count(), top.data);
    }
  }

  // The tops are copies of one bottom, so their signals add up.
  void backward(const BackwardPass& pass) override {
    float* out = pass.bottom_diffs[0].data;
    const int64_t count = pass.bottom_diffs[0].count();
    std::copy_n(pass.top_diffs[0].data, count, out);
    for (const ConstView& top : pass.top_diffs.subspan(1)) {
      for (int64_t i = 0; i < count; ++i) out[i] += top.data[i];
    }
  }

  Needs needs() const override { return {}; }
};

}  // namespace deepvis
