#include "cpu/unit_convolution.hpp"

#include <algorithm>
#include <vector>

namespace deepvis::cpu {

namespace {

class UnitConvolution final : public Convolution {
 public:
  UnitConvolution(const ConvolutionGeometry& geometry, int64_t channel, Layout layout)
      : g_(geometry),
        channel_(channel),
        layout_(layout),
        first_channel_(channel / g_.group_outputs() * g_.group_channels()) {}

  std::string_view name() const override { return "one unit"; }
  Layout layout() const override { return layout_; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    const std::vector<float> own = unit_weights(weights);
    for_each_output([&](int64_t out) { output[out] = bias != nullptr ? bias[channel_] : 0.0F; });
    for_each_tap(
        [&](int64_t out, int64_t pixel, const float* tap) {
          float sum = 0;
          for (int64_t c = 0; c < g_.group_channels(); ++c) sum += input[pixel + c * step()] * tap[c];
          output[out] += sum;
        },
        own);
    for_each_output([&](int64_t out) { output[out] = std::clamp(output[out], clamp.low, clamp.high); });
  }

  void backward(const float* output, Parameter& weights, const float*, float* input) override {
    const std::vector<float> own = unit_weights(weights);
    std::fill_n(input, g_.images * g_.channels * g_.height * g_.width, 0.0F);
    for_each_tap(
        [&](int64_t out, int64_t pixel, const float* tap) {
          for (int64_t c = 0; c < g_.group_channels(); ++c) input[pixel + c * step()] += output[out] * tap[c];
        },
        own);
  }

 private:
  // From one channel of a pixel to the next.
  int64_t step() const { return layout_ == Layout::ChannelsLast ? 1 : g_.height * g_.width; }

  // The channel's weights, [tap][input channel].
  std::vector<float> unit_weights(Parameter& weights) const {
    const int64_t taps = g_.kernel_h * g_.kernel_w;
    std::vector<float> plain(static_cast<size_t>(g_.group_channels() * taps));
    weights.copy_to(channel_ * g_.group_channels() * taps, plain);
    std::vector<float> own(plain.size());
    for (int64_t c = 0; c < g_.group_channels(); ++c) {
      for (int64_t tap = 0; tap < taps; ++tap) {
        own[static_cast<size_t>(tap * g_.group_channels() + c)] = plain[static_cast<size_t>(c * taps + tap)];
      }
    }
    return own;
  }

  template <class Visit>
  void for_each_output(Visit visit) const {
    for (int64_t out = 0; out < g_.images * g_.output_height * g_.output_width; ++out) visit(out);
  }

  // Calls visit(output, offset of the first input channel, weights) for every tap inside the input.
  template <class Visit>
  void for_each_tap(Visit visit, const std::vector<float>& own) const {
    for_each_output([&](int64_t out) {
      const int64_t image = out / (g_.output_height * g_.output_width);
      const int64_t top = out / g_.output_width % g_.output_height * g_.stride_h - g_.pad_h;
      const int64_t left = out % g_.output_width * g_.stride_w - g_.pad_w;
      for (int64_t ky = 0; ky < g_.kernel_h; ++ky) {
        for (int64_t kx = 0; kx < g_.kernel_w; ++kx) {
          const int64_t y = top + ky * g_.dilation_h;
          const int64_t x = left + kx * g_.dilation_w;
          if (y < 0 || y >= g_.height || x < 0 || x >= g_.width) continue;
          const int64_t pixel = y * g_.width + x;
          const int64_t plane = g_.height * g_.width;
          const int64_t offset = layout_ == Layout::ChannelsLast
                                     ? (image * plane + pixel) * g_.channels + first_channel_
                                     : (image * g_.channels + first_channel_) * plane + pixel;
          visit(out, offset, own.data() + (ky * g_.kernel_w + kx) * g_.group_channels());
        }
      }
    });
  }

  ConvolutionGeometry g_;
  int64_t channel_;
  Layout layout_;
  int64_t first_channel_;  // of the inputs that the channel sees
};

}  // namespace

std::unique_ptr<Convolution> make_unit_convolution(const ConvolutionGeometry& geometry, int64_t channel,
                                                   KernelSet set) {
  const Layout layout = set == KernelSet::Reference ? Layout::Plain : Layout::ChannelsLast;
  return std::make_unique<UnitConvolution>(geometry, channel, layout);
}

}  // namespace deepvis::cpu
