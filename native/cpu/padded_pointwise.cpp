#include "cpu/padded_pointwise.hpp"

#include <algorithm>
#include <utility>

#include "core/parallel.hpp"
#include "core/tensor.hpp"

namespace deepvis::cpu {

namespace {

class PaddedPointwise final : public Convolution {
 public:
  PaddedPointwise(const ConvolutionGeometry& geometry, std::unique_ptr<Convolution> inner)
      : g_(geometry), inner_(std::move(inner)) {}

  std::string_view name() const override { return inner_->name(); }
  Layout layout() const override { return Layout::ChannelsLast; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    float* seen = interior();
    inner_->forward(input, weights, bias, clamp, seen);
    for_each_task(g_.images * g_.output_height, g_.images * g_.output_height * line(), [&](int64_t row) {
      const int64_t y = row % g_.output_height - g_.pad_h;
      float* pixel = output + row * line();
      const auto fill_border = [&](int64_t pixels) {
        for (; pixels > 0; --pixels, pixel += g_.outputs) {
          for (int64_t o = 0; o < g_.outputs; ++o) {
            pixel[o] = std::clamp(bias != nullptr ? bias[o] : 0.0F, clamp.low, clamp.high);
          }
        }
      };
      if (y < 0 || y >= g_.height) return fill_border(g_.output_width);
      fill_border(g_.pad_w);
      std::copy_n(seen + (row / g_.output_height * g_.height + y) * inner_line(), inner_line(), pixel);
      pixel += inner_line();
      fill_border(g_.pad_w);
    });
  }

  void backward(const float* output, Parameter& weights, const float* bias, float* input) override {
    float* seen = interior();
    for_each_task(g_.images * g_.height, g_.images * g_.height * line(), [&](int64_t row) {
      const int64_t from = row / g_.height * g_.output_height + row % g_.height + g_.pad_h;
      std::copy_n(output + from * line() + g_.pad_w * g_.outputs, inner_line(), seen + row * inner_line());
    });
    inner_->backward(seen, weights, bias, input);
  }

 private:
  int64_t line() const { return g_.output_width * g_.outputs; }
  int64_t inner_line() const { return g_.width * g_.outputs; }

  float* interior() {
    if (!interior_.allocated()) interior_ = Tensor(Shape{g_.images, g_.height, g_.width, g_.outputs});
    return interior_.data();
  }

  ConvolutionGeometry g_;
  std::unique_ptr<Convolution> inner_;
  Tensor interior_;  // of the output, or of its signal
};

}  // namespace

bool is_padded_pointwise(const ConvolutionGeometry& g) {
  return g.kernel_h == 1 && g.kernel_w == 1 && g.stride_h == 1 && g.stride_w == 1 && g.pad_h >= 0 && g.pad_w >= 0 &&
         g.pad_h + g.pad_w > 0 && g.output_height == g.height + 2 * g.pad_h && g.output_width == g.width + 2 * g.pad_w;
}

ConvolutionGeometry without_padding(const ConvolutionGeometry& geometry) {
  ConvolutionGeometry inner = geometry;
  inner.pad_h = inner.pad_w = 0;
  inner.output_height = geometry.height;
  inner.output_width = geometry.width;
  return inner;
}

std::unique_ptr<Convolution> with_border(const ConvolutionGeometry& geometry, std::unique_ptr<Convolution> inner) {
  return std::make_unique<PaddedPointwise>(geometry, std::move(inner));
}

}  // namespace deepvis::cpu
