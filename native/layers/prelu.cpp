// PReLU: y = x where positive, slope·x elsewhere, with a slope a channel or one for all. Not rectified in a deconv
// pass.
#include "cpu/reference/map.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class PReLU final : public Layer {
 public:
  explicit PReLU(const model::Message& spec) : Layer(spec), shared_(param("prelu_param").flag("channel_shared")) {}

  std::vector<ParamSpec> param_specs() const override {
    model::Message filler = param("prelu_param").message("filler");
    if (!param("prelu_param").has("filler")) filler.set_real("value", 0.25);  // Caffe's own default
    return {{shared_ ? Shape{} : Shape{channels_}, filler}};
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    const float* slopes = pass.params[0].data;
    float* y = pass.tops[0].data;
    cpu::reference::for_each(pass.tops[0].count(),
                             [=, this](int64_t i) { y[i] = x[i] > 0 ? x[i] : slopes[slope_of(i)] * x[i]; });
  }

  void backward(const BackwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    const float* d = pass.top_diffs[0].data;
    const float* slopes = pass.params[0].data;
    float* out = pass.bottom_diffs[0].data;
    cpu::reference::for_each(pass.bottom_diffs[0].count(),
                             [=, this](int64_t i) { out[i] = x[i] > 0 ? d[i] : slopes[slope_of(i)] * d[i]; });
  }

  Needs needs() const override { return {.bottom_data = true}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    if (bottom.axes() < 2) fail<ShapeError>("expected an input of at least two axes, found " + bottom.str());
    channels_ = bottom.c();
    positions_ = bottom.count_from(2);
    return {bottom};
  }

 private:
  int64_t slope_of(int64_t element) const { return shared_ ? 0 : element / positions_ % channels_; }

  bool shared_;
  int64_t channels_ = 0;
  int64_t positions_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_prelu(const model::Message& spec) { return std::make_unique<PReLU>(spec); }

}  // namespace deepvis
