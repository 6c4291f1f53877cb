#include "cpu/coarse_backward.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/parallel.hpp"

namespace deepvis::cpu {

namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -ceil_div(-a, b); }

// One axis: input position p belongs to coarse position floor((p + pad) / stride), from `first` on.
struct Axis {
  int64_t input, kernel, stride, pad;
  int64_t taps() const { return ceil_div(kernel, stride); }
  int64_t first() const { return floor_div(pad, stride); }
  int64_t extent() const { return floor_div(input - 1 + pad, stride) - first() + 1; }
  // As coarse position i sees the outputs i - j, j = 0 .. taps - 1.
  int64_t coarse_pad() const { return taps() - 1 - first(); }
};

Axis rows_of(const ConvolutionGeometry& g) { return {g.height, g.kernel_h, g.stride_h, g.pad_h}; }
Axis columns_of(const ConvolutionGeometry& g) { return {g.width, g.kernel_w, g.stride_w, g.pad_w}; }

// A tensor as the source of a parameter.
class TensorValues final : public ValueSource {
 public:
  explicit TensorValues(Tensor values) : values_(std::move(values)) {}
  void read(int64_t first, std::span<float> into) const override {
    std::copy_n(values_.data() + first, into.size(), into.data());
  }

 private:
  Tensor values_;
};

class CoarseBackward final : public Convolution {
 public:
  CoarseBackward(const ConvolutionGeometry& geometry, std::unique_ptr<Convolution> forward,
                 std::unique_ptr<Convolution> coarse)
      : geometry_(geometry),
        coarse_geometry_(coarse_geometry(geometry)),
        forward_(std::move(forward)),
        coarse_(std::move(coarse)),
        coarse_weights_(
            Shape{coarse_geometry_.outputs, geometry.outputs, coarse_geometry_.kernel_h, coarse_geometry_.kernel_w}) {}

  std::string_view name() const override { return forward_->name(); }
  Layout layout() const override { return Layout::ChannelsLast; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    forward_->forward(input, weights, bias, clamp, output);
  }

  void backward(const float* output, Parameter& weights, const float* bias, float* input) override {
    Tensor derived =
        weights.packed("coarse " + std::to_string(geometry_.stride_h) + ' ' + std::to_string(geometry_.stride_w),
                       [&](const ValueSource& values) { return derive(values); });
    if (derived.data() != derived_.data()) {
      derived_ = derived;
      coarse_weights_.set_source(std::make_shared<TensorValues>(std::move(derived)));
    }
    if (!picture_.allocated()) {
      picture_ = Tensor(Shape{coarse_geometry_.images, coarse_geometry_.output_height, coarse_geometry_.output_width,
                              coarse_geometry_.outputs});
    }
    coarse_->forward(output, coarse_weights_, nullptr, {}, picture_.data());
    spread(bias, input);
  }

 private:
  // Coarse channel (py · stride_w + px) · channels + c is channel c of the input positions of phase (py, px).
  Tensor derive(const ValueSource& values) const {
    const ConvolutionGeometry& g = geometry_;
    std::vector<float> plain(static_cast<size_t>(g.outputs * g.channels * g.kernel_h * g.kernel_w));
    values.read(0, plain);
    Tensor derived(coarse_weights_.shape());
    float* at = derived.data();
    for (int64_t channel = 0; channel < coarse_geometry_.outputs; ++channel) {
      const int64_t c = channel % g.channels;
      const int64_t py = channel / g.channels / g.stride_w;
      const int64_t px = channel / g.channels % g.stride_w;
      for (int64_t o = 0; o < g.outputs; ++o) {
        for (int64_t row = 0; row < coarse_geometry_.kernel_h; ++row) {
          for (int64_t column = 0; column < coarse_geometry_.kernel_w; ++column, ++at) {
            const int64_t ky = py + g.stride_h * (coarse_geometry_.kernel_h - 1 - row);
            const int64_t kx = px + g.stride_w * (coarse_geometry_.kernel_w - 1 - column);
            if (ky >= g.kernel_h || kx >= g.kernel_w) continue;
            *at = plain[static_cast<size_t>(((o * g.channels + c) * g.kernel_h + ky) * g.kernel_w + kx)];
          }
        }
      }
    }
    return derived;
  }

  void spread(const float* bias, float* input) const {
    const ConvolutionGeometry& g = geometry_;
    const Axis rows = rows_of(g);
    const Axis columns = columns_of(g);
    for_each_task(g.images * g.height, g.images * g.height * g.width * g.channels, [&](int64_t row) {
      const int64_t y = row % g.height + g.pad_h;
      const int64_t i = floor_div(y, g.stride_h);
      const float* coarse_row = picture_.data() +
                                (row / g.height * coarse_geometry_.output_height + i - rows.first()) *
                                    coarse_geometry_.output_width * coarse_geometry_.outputs +
                                (y - i * g.stride_h) * g.stride_w * g.channels;
      float* out = input + row * g.width * g.channels;
      // The pixels of a coarse position lie side by side in both.
      for (int64_t x = 0; x < g.width;) {
        const int64_t j = floor_div(x + g.pad_w, g.stride_w);
        const int64_t phase = x + g.pad_w - j * g.stride_w;
        const int64_t pixels = std::min(g.stride_w - phase, g.width - x);
        std::memcpy(out + x * g.channels,
                    coarse_row + (j - columns.first()) * coarse_geometry_.outputs + phase * g.channels,
                    static_cast<size_t>(pixels * g.channels) * sizeof(float));
        x += pixels;
      }
      for (int64_t i_value = 0; bias != nullptr && i_value < g.width * g.channels; ++i_value) {
        out[i_value] += bias[i_value % g.channels];
      }
    });
  }

  ConvolutionGeometry geometry_, coarse_geometry_;
  std::unique_ptr<Convolution> forward_, coarse_;
  Parameter coarse_weights_;
  Tensor derived_;  // what coarse_weights_ reads
  Tensor picture_;
};

}  // namespace

bool coarse_backward_pays(const ConvolutionGeometry& g) {
  constexpr int64_t kFew = 8;
  constexpr int64_t kMany = 256;
  const int64_t phases = g.stride_h * g.stride_w;
  return g.group == 1 && g.channels <= kFew && phases > 1 && phases * g.channels <= kMany && g.dilation_h == 1 &&
         g.dilation_w == 1;
}

ConvolutionGeometry coarse_geometry(const ConvolutionGeometry& g) {
  const Axis rows = rows_of(g);
  const Axis columns = columns_of(g);
  return {.images = g.images,
          .channels = g.outputs,
          .height = g.output_height,
          .width = g.output_width,
          .outputs = g.stride_h * g.stride_w * g.channels,
          .output_height = rows.extent(),
          .output_width = columns.extent(),
          .kernel_h = rows.taps(),
          .kernel_w = columns.taps(),
          .pad_h = rows.coarse_pad(),
          .pad_w = columns.coarse_pad()};
}

std::unique_ptr<Convolution> with_coarse_backward(const ConvolutionGeometry& geometry,
                                                  std::unique_ptr<Convolution> convolution,
                                                  std::unique_ptr<Convolution> coarse) {
  return std::make_unique<CoarseBackward>(geometry, std::move(convolution), std::move(coarse));
}

}  // namespace deepvis::cpu
