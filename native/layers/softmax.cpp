// Softmax along one axis. Its way back is the full Jacobian.
#include <algorithm>
#include <cmath>

#include "cpu/reference/map.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Softmax final : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    float* y = pass.tops[0].data;
    cpu::reference::for_each_line(outer_, extent_, inner_, [=, this](int64_t outer, int64_t inner) {
      const int64_t start = outer * extent_ * inner_ + inner;
      float most = x[start];
      for (int64_t i = 1; i < extent_; ++i) most = std::max(most, x[start + i * inner_]);
      float sum = 0;
      for (int64_t i = 0; i < extent_; ++i) {
        const float e = std::exp(x[start + i * inner_] - most);
        y[start + i * inner_] = e;
        sum += e;
      }
      for (int64_t i = 0; i < extent_; ++i) y[start + i * inner_] /= sum;
    });
  }

  void backward(const BackwardPass& pass) override {
    const float* y = pass.tops[0].data;
    const float* d = pass.top_diffs[0].data;
    float* out = pass.bottom_diffs[0].data;
    cpu::reference::for_each_line(outer_, extent_, inner_, [=, this](int64_t outer, int64_t inner) {
      const int64_t start = outer * extent_ * inner_ + inner;
      float mean = 0;  // of the signal, weighted by the probabilities
      for (int64_t i = 0; i < extent_; ++i) mean += d[start + i * inner_] * y[start + i * inner_];
      for (int64_t i = 0; i < extent_; ++i) {
        const int64_t at = start + i * inner_;
        out[at] = (d[at] - mean) * y[at];
      }
    });
  }

  bool allows_in_place() const override { return true; }
  Needs needs() const override { return {.top_data = true}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const int axis = axis_of(bottoms[0], param("softmax_param").integer("axis"));
    outer_ = bottoms[0].count(0, axis);
    extent_ = bottoms[0][axis];
    inner_ = bottoms[0].count_from(axis + 1);
    if (extent_ < 1) fail<ShapeError>("nothing along axis " + std::to_string(axis) + " of " + bottoms[0].str());
    return {bottoms[0]};
  }

 private:
  int64_t outer_ = 0, extent_ = 0, inner_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_softmax(const model::Message& spec) { return std::make_unique<Softmax>(spec); }

}  // namespace deepvis
