#include "cpu/vector/depthwise.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/parallel.hpp"
#include "cpu/isa.hpp"
#include "cpu/vector/kernels.hpp"
#include "cpu/vector/phases.hpp"

namespace deepvis::cpu::vector {

namespace {

class Depthwise final : public Convolution {
 public:
  explicit Depthwise(const ConvolutionGeometry& g)
      : geometry_(g),
        name_(std::string(isa_name(best_isa())) + " depthwise"),
        forward_(forward_phases(g)),
        backward_(backward_phases(g)) {}

  std::string_view name() const override { return name_; }
  Layout layout() const override { return Layout::ChannelsLast; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    const ConvolutionGeometry& g = geometry_;
    run(forward_, {input, g.height, g.width}, {output, g.output_height, g.output_width}, packed(weights), bias, clamp);
  }

  void backward(const float* output, Parameter& weights, const float* bias, float* input) override {
    const ConvolutionGeometry& g = geometry_;
    run(backward_, {output, g.output_height, g.output_width}, {input, g.height, g.width}, packed(weights), bias, {});
  }

 private:
  template <class T>
  struct Side {
    T* data;
    int64_t height, width;
  };

  // A row of channels for each tap.
  Tensor packed(Parameter& weights) const {
    return weights.packed("vector depthwise", [&](const ValueSource& values) {
      const int64_t taps = geometry_.kernel_h * geometry_.kernel_w;
      std::vector<float> plain(static_cast<size_t>(weights.shape().count()));
      values.read(0, plain);
      Tensor packed(Shape{taps, geometry_.channels});
      kernels().transpose(geometry_.channels, taps, plain.data(), taps, packed.data(), geometry_.channels);
      return packed;
    });
  }

  void run(const std::vector<Phase>& phases, Side<const float> source, Side<float> destination, const Tensor& packed,
           const float* bias, Clamp clamp) const {
    const int64_t channels = geometry_.channels;
    std::vector<float> zeros(static_cast<size_t>(channels), 0.0F);
    const size_t most_taps = static_cast<size_t>(geometry_.kernel_h * geometry_.kernel_w);
    const size_t pixels_each = most_taps * kMostTileRows;
    std::vector<const float*> pixels(static_cast<size_t>(pass_threads()) * pixels_each);
    for (const Phase& phase : phases) {
      std::vector<const float*> weights;
      for (const Tap& tap : phase.taps) {
        weights.push_back(packed.data() + (tap.ky * geometry_.kernel_w + tap.kx) * channels);
      }
      const auto taps = static_cast<int64_t>(phase.taps.size());
      const int64_t operations = geometry_.images * phase.height * phase.width * channels * taps;
      for_each_task(geometry_.images * phase.height, operations, [&](int64_t line) {
        const int64_t image = line / phase.height;
        const int64_t i = line % phase.height;
        const float** here = pixels.data() + static_cast<size_t>(task_thread()) * pixels_each;
        std::array<float*, kMostTileRows> out;
        for (int64_t first = 0; first < phase.width; first += kernels().depthwise_rows) {
          const int64_t rows = std::min<int64_t>(kernels().depthwise_rows, phase.width - first);
          for (int64_t row = 0; row < rows; ++row) {
            const int64_t j = first + row;
            for (int64_t tap = 0; tap < taps; ++tap) {
              const int64_t y = i * phase.source_step_y + phase.taps[static_cast<size_t>(tap)].dy;
              const int64_t x = j * phase.source_step_x + phase.taps[static_cast<size_t>(tap)].dx;
              const bool inside = y >= 0 && y < source.height && x >= 0 && x < source.width;
              here[tap * rows + row] =
                  inside ? source.data + ((image * source.height + y) * source.width + x) * channels : zeros.data();
            }
            out[static_cast<size_t>(row)] =
                destination.data +
                ((image * destination.height + phase.first_y + i * phase.step_y) * destination.width + phase.first_x +
                 j * phase.step_x) *
                    channels;
          }
          kernels().depthwise_tile({.pixels = here,
                                    .weights = weights.data(),
                                    .rows = rows,
                                    .taps = taps,
                                    .channels = channels,
                                    .start = bias != nullptr ? bias : zeros.data(),
                                    .out = out.data(),
                                    .low = clamp.low,
                                    .high = clamp.high});
        }
      });
    }
  }

  ConvolutionGeometry geometry_;
  std::string name_;
  std::vector<Phase> forward_, backward_;
};

}  // namespace

std::unique_ptr<Convolution> make_depthwise_convolution(const ConvolutionGeometry& geometry) {
  return std::make_unique<Depthwise>(geometry);
}

}  // namespace deepvis::cpu::vector
