// PReLU: y = x where positive, slope·x elsewhere, with a slope a channel or one for all. Not rectified in a deconv
// pass.
#include "layers/broadcast.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class PReLU final : public Layer {
 public:
  explicit PReLU(const model::Message& spec) : Layer(spec), shared_(param("prelu_param").flag("channel_shared")) {}

  std::vector<ParamSpec> param_specs() const override {
    model::Message filler = param("prelu_param").message("filler");
    if (!param("prelu_param").has("filler")) filler.set_real("value", 0.25);  // Caffe's own default
    return {{shared_ ? Shape{} : meeting_.operand, filler}};
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    const float* slopes = pass.params[0].data();
    float* y = pass.tops[0].data;
    meeting_.each(pass.layout, pass.tops[0].count(), [=, each = shared_ ? 0 : 1](int64_t i, int64_t channel) {
      y[i] = x[i] > 0 ? x[i] : slopes[channel * each] * x[i];
    });
  }

  void backward(const BackwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    const float* d = pass.top_diffs[0].data;
    const float* slopes = pass.params[0].data();
    float* out = pass.bottom_diffs[0].data;
    meeting_.each(pass.layout, pass.bottom_diffs[0].count(), [=, each = shared_ ? 0 : 1](int64_t i, int64_t channel) {
      out[i] = x[i] > 0 ? d[i] : slopes[channel * each] * d[i];
    });
  }

  LayoutRule layout_rule() const override { return LayoutRule::Follow; }
  Locality locality() const override { return Locality::Pointwise; }
  bool backward_in_place() const override { return true; }
  Needs needs() const override { return {.bottom_data = true}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    if (bottom.axes() < 2) fail<ShapeError>("expected an input of at least two axes, found " + bottom.str());
    meeting_ = Broadcast::by_channel(bottom);
    return {bottom};
  }

 private:
  bool shared_;
  Broadcast meeting_;
};

}  // namespace

std::unique_ptr<Layer> make_prelu(const model::Message& spec) { return std::make_unique<PReLU>(spec); }

}  // namespace deepvis
