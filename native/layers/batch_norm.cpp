// BatchNorm: each channel less a mean and divided by a standard deviation: the stored ones, divided by the stored scale
// factor as in Caffe, or with use_global_stats: false those of the batch at hand.
#include <cmath>
#include <vector>

#include "layers/broadcast.hpp"
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
    return {{channels_of_.operand, zero}, {channels_of_.operand, zero}, {Shape{1}, zero}};
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    float* y = pass.tops[0].data;
    if (stored_) {
      const std::vector<float> means = stored_means(pass.params);
      const std::vector<float> spreads = stored_spreads(pass.params);
      channels_of_.each(pass.layout, pass.tops[0].count(),
                        [=, mean = means.data(), spread = spreads.data()](int64_t i, int64_t c) {
                          y[i] = (x[i] - mean[c]) / spread[c];
                        });
      return;
    }
    spreads_.resize(static_cast<size_t>(channels_of_.extent));
    for (int64_t channel = 0; channel < channels_of_.extent; ++channel) {
      spreads_[static_cast<size_t>(channel)] =
          standardize(runs(channel), x, y, [this](float variance) { return std::sqrt(variance + eps_); });
    }
  }

  void backward(const BackwardPass& pass) override {
    const float* d = pass.top_diffs[0].data;
    float* out = pass.bottom_diffs[0].data;
    if (stored_) {
      const std::vector<float> spreads = stored_spreads(pass.params);
      channels_of_.each(pass.layout, pass.bottom_diffs[0].count(),
                        [=, spread = spreads.data()](int64_t i, int64_t c) { out[i] = d[i] / spread[c]; });
      return;
    }
    for (int64_t channel = 0; channel < channels_of_.extent; ++channel) {
      standardize_back(runs(channel), pass.tops[0].data, d, spreads_[static_cast<size_t>(channel)], out);
    }
  }

  LayoutRule layout_rule() const override { return stored_ ? LayoutRule::Follow : LayoutRule::Plain; }
  Locality locality() const override { return stored_ ? Locality::Pointwise : Locality::Whole; }
  bool keeps_state() const override { return !stored_; }
  bool backward_in_place() const override { return stored_; }
  bool allows_in_place() const override { return true; }
  Needs needs() const override { return {.top_data = !stored_}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    if (bottom.axes() < 1) fail<ShapeError>("expected an input with at least one axis");
    channels_of_ = Broadcast::by_channel(bottom);
    return {bottom};
  }

 private:
  Runs runs(int64_t channel) const {
    const auto& [operand, positions, channels, images] = channels_of_;
    return {.start = channel * positions, .runs = images, .length = positions, .step = channels * positions};
  }

  static float stored_factor(std::span<const OwnParameter> params) {
    const float scale = params[2].data()[0];
    return scale == 0 ? 0 : 1 / scale;
  }
  std::vector<float> stored_means(std::span<const OwnParameter> params) const {
    const float factor = stored_factor(params);
    const float* stored = params[0].data();
    std::vector<float> means(static_cast<size_t>(channels_of_.extent));
    for (size_t c = 0; c < means.size(); ++c) means[c] = stored[c] * factor;
    return means;
  }
  std::vector<float> stored_spreads(std::span<const OwnParameter> params) const {
    const float factor = stored_factor(params);
    const float* stored = params[1].data();
    std::vector<float> spreads(static_cast<size_t>(channels_of_.extent));
    for (size_t c = 0; c < spreads.size(); ++c) spreads[c] = std::sqrt(stored[c] * factor + eps_);
    return spreads;
  }

  bool stored_;
  float eps_;
  Broadcast channels_of_;
  std::vector<float> spreads_;  // of the batch: what the last forward pass divided by
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(const model::Message& spec) { return std::make_unique<BatchNorm>(spec); }

}  // namespace deepvis
