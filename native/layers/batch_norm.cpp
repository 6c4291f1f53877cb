// BatchNorm: each channel less a mean and divided by a standard deviation: the stored ones, divided by the stored scale
// factor as in Caffe, or with use_global_stats: false those of the batch at hand.
#include <cmath>
#include <vector>

#include "cpu/reference/map.hpp"
#include "layers/layer_types.hpp"
#include "layers/standardize.hpp"

namespace deepvis {

namespace {

class BatchNorm final : public Layer {
 public:
  explicit BatchNorm(const model::Message& spec) : Layer(spec) {
    const model::Message& own = param("batch_norm_param");
    stored_ = !own.has("use_global_stats") || own.flag("use_global_stats");
    eps_ = static_cast<float>(own.real("eps"));
  }

  std::vector<ParamSpec> param_specs() const override {
    const model::Message zero(*model::find_message_type("FillerParameter"));
    return {{Shape{channels_}, zero}, {Shape{channels_}, zero}, {Shape{1}, zero}};
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    float* y = pass.tops[0].data;
    spreads_.resize(static_cast<size_t>(channels_));
    for (int64_t channel = 0; channel < channels_; ++channel) {
      float& spread = spreads_[static_cast<size_t>(channel)];
      if (!stored_) {
        spread = standardize(runs(channel), x, y, [this](float variance) { return std::sqrt(variance + eps_); });
        continue;
      }
      const float stored_scale = pass.params[2].data[0];
      const float factor = stored_scale == 0 ? 0 : 1 / stored_scale;
      const float mean = pass.params[0].data[channel] * factor;
      spread = std::sqrt(pass.params[1].data[channel] * factor + eps_);
      runs(channel).each([&](int64_t i) { y[i] = (x[i] - mean) / spread; });
    }
  }

  void backward(const BackwardPass& pass) override {
    const float* d = pass.top_diffs[0].data;
    float* out = pass.bottom_diffs[0].data;
    for (int64_t channel = 0; channel < channels_; ++channel) {
      const float spread = spreads_[static_cast<size_t>(channel)];
      if (stored_) {
        runs(channel).each([&](int64_t i) { out[i] = d[i] / spread; });
      } else {
        standardize_back(runs(channel), pass.tops[0].data, d, spread, out);
      }
    }
  }

  bool allows_in_place() const override { return true; }
  Needs needs() const override { return {.top_data = !stored_}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    if (bottom.axes() < 1) fail<ShapeError>("expected an input with at least one axis");
    images_ = bottom.n();
    channels_ = bottom.axes() == 1 ? 1 : bottom.c();
    positions_ = bottom.count_from(std::min(2, bottom.axes()));
    return {bottom};
  }

 private:
  Runs runs(int64_t channel) const {
    return {.start = channel * positions_, .runs = images_, .length = positions_, .step = channels_ * positions_};
  }

  bool stored_;
  float eps_;
  int64_t images_ = 0, channels_ = 0, positions_ = 0;
  std::vector<float> spreads_;  // what the last forward pass divided by
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(const model::Message& spec) { return std::make_unique<BatchNorm>(spec); }

}  // namespace deepvis
