#include "cpu/column_backward.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "cpu/vector/gather.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu {

namespace {

class ColumnBackward final : public Convolution {
 public:
  ColumnBackward(const ConvolutionGeometry& geometry, std::unique_ptr<Convolution> convolution)
      : g_(geometry),
        convolution_(std::move(convolution)),
        window_(g_.kernel_h * g_.kernel_w * g_.channels),
        // Windows of one strip of output rows may reach into the next strip's input rows, but not into those of the
        // one after: so every other strip can be done at once.
        strip_(std::max<int64_t>(1, (g_.kernel_h + g_.stride_h - 1) / g_.stride_h - 1)) {}

  std::string_view name() const override { return convolution_->name(); }
  Layout layout() const override { return Layout::ChannelsLast; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    convolution_->forward(input, weights, bias, clamp, output);
  }

  void backward(const float* output, Parameter& weights, const float* bias, float* input) override {
    const Tensor packed = pack(weights);
    start(bias, input);
    const int64_t strips = (g_.output_height + strip_ - 1) / strip_;
    const auto columns_each = static_cast<size_t>(g_.output_width * window_);
    std::vector<float> columns(columns_each * static_cast<size_t>(pass_threads()));
    for (int64_t odd = 0; odd < 2; ++odd) {
      const int64_t of_image = (strips + 1 - odd) / 2;
      for_each_task(g_.images * of_image, g_.operations(), [&](int64_t task) {
        float* own = columns.data() + columns_each * static_cast<size_t>(task_thread());
        const int64_t image = task / of_image;
        const int64_t first = (task % of_image * 2 + odd) * strip_;
        for (int64_t y = first; y < std::min(first + strip_, g_.output_height); ++y) {
          vector::run_product(g_.output_width, g_.outputs,
                              output + (image * g_.output_height + y) * g_.output_width * g_.outputs, packed, window_,
                              own);
          add_columns(own, y, input + image * g_.height * g_.width * g_.channels);
        }
      });
    }
  }

 private:
  // The weights as those of a convolution of one pixel that makes all columns: [ky][kx][channel] of each output.
  vector::Gather product() const {
    return {.images = 1,
            .source_height = 1,
            .source_width = g_.output_width,
            .source_channels = g_.outputs,
            .height = 1,
            .width = g_.output_width,
            .channels = window_,
            .depth = g_.outputs,
            .phases = {{.height = 1, .width = g_.output_width, .taps = {{0, 0, 0, 0}}}}};
  }

  Tensor pack(Parameter& weights) const {
    return weights.packed("columns", [&](const ValueSource& values) {
      std::vector<float> plain(static_cast<size_t>(g_.outputs * window_));
      values.read(0, plain);
      return vector::pack_weights(product(), plain, [&](int64_t, int64_t column, const vector::Tap&, int64_t o) {
        const int64_t c = column % g_.channels;
        const int64_t place = column / g_.channels;
        return (o * g_.channels + c) * g_.kernel_h * g_.kernel_w + place;
      });
    });
  }

  void start(const float* bias, float* input) const {
    const int64_t line = g_.width * g_.channels;
    for_each_task(g_.images * g_.height, g_.images * g_.height * line, [&](int64_t row) {
      float* out = input + row * line;
      if (bias == nullptr) {
        std::fill_n(out, line, 0.0F);
      } else {
        for (int64_t i = 0; i < line; ++i) out[i] = bias[i % g_.channels];
      }
    });
  }

  // Adds the columns of output row `y` up over the image's rows that its windows see.
  void add_columns(const float* columns, int64_t y, float* image) const {
    const int64_t run = g_.kernel_w * g_.channels;
    const int64_t top = y * g_.stride_h - g_.pad_h;
    const int64_t above = std::max<int64_t>(0, -top);
    const int64_t rows = std::min(g_.kernel_h, g_.height - top) - above;
    for (int64_t x = 0; x < g_.output_width; ++x) {
      const int64_t left = x * g_.stride_w - g_.pad_w;
      const int64_t before = std::max<int64_t>(0, -left);
      const int64_t seen = std::min(g_.kernel_w, g_.width - left) - before;
      if (seen <= 0 || rows <= 0) continue;
      vector::kernels().add_runs(rows, seen * g_.channels, columns + x * window_ + above * run + before * g_.channels,
                                 run, image + ((top + above) * g_.width + left + before) * g_.channels,
                                 g_.width * g_.channels);
    }
  }

  ConvolutionGeometry g_;
  std::unique_ptr<Convolution> convolution_;
  int64_t window_;  // columns of an output pixel: [ky][kx][channel]
  int64_t strip_;   // output rows a task takes
};

}  // namespace

bool column_backward_pays(const ConvolutionGeometry& g) {
  constexpr int64_t kFew = 4;
  return g.group == 1 && g.channels <= kFew && g.kernel_w > 1 && g.dilation_h == 1 && g.dilation_w == 1;
}

std::unique_ptr<Convolution> with_column_backward(const ConvolutionGeometry& geometry,
                                                  std::unique_ptr<Convolution> convolution) {
  return std::make_unique<ColumnBackward>(geometry, std::move(convolution));
}

}  // namespace deepvis::cpu
