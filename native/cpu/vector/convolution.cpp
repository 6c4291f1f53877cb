// A dense convolution in each direction is a gather over phases.
#include "cpu/vector/convolution.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "cpu/isa.hpp"
#include "cpu/vector/depthwise.hpp"
#include "cpu/vector/gather.hpp"

namespace deepvis::cpu::vector {

namespace {

std::vector<float> all_of(const ValueSource& values, const Shape& shape) {
  std::vector<float> all(static_cast<size_t>(shape.count()));
  values.read(0, all);
  return all;
}

// What tells the packed weights of one kernel from those of another.
std::string pack_name(const char* what, const ConvolutionGeometry& g) {
  std::string name = what;
  for (const int64_t value : {g.group, g.kernel_h, g.kernel_w, g.stride_h, g.stride_w, g.dilation_h, g.dilation_w}) {
    name += ' ' + std::to_string(value);
  }
  // Which taps a phase has depends on where padding lets it begin.
  const auto begin = [](int64_t pad, int64_t stride) { return std::to_string(((pad % stride) + stride) % stride); };
  return name + ' ' + begin(g.pad_h, g.stride_h) + ' ' + begin(g.pad_w, g.stride_w);
}

// A picture has so few channels that a tap would be over before it began. Pixels lie side by side, so with padding
// written out a tap can be a whole row of the kernel.
class PaddedRows {
 public:
  explicit PaddedRows(const ConvolutionGeometry& g)
      : geometry_(g),
        height_((g.output_height - 1) * g.stride_h + (g.kernel_h - 1) * g.dilation_h + 1),
        width_((g.output_width - 1) * g.stride_w + g.kernel_w) {}

  static bool pays(const ConvolutionGeometry& g) {
    constexpr int64_t kFew = 8;
    return g.group == 1 && g.channels <= kFew && g.kernel_w > 1 && g.dilation_w == 1;
  }

  // `forward`, over the padded picture.
  Gather gather(Gather forward) const {
    forward.source_height = height_;
    forward.source_width = width_;
    forward.depth = geometry_.kernel_w * geometry_.channels;
    std::vector<Tap>& taps = forward.phases.front().taps;
    taps.clear();
    for (int64_t ky = 0; ky < geometry_.kernel_h; ++ky) taps.push_back({ky * geometry_.dilation_h, 0, ky, 0});
    return forward;
  }

  const float* pad(const float* input) {
    const ConvolutionGeometry& g = geometry_;
    if (g.pad_h == 0 && g.pad_w == 0 && height_ == g.height && width_ == g.width) return input;
    if (!padded_.allocated()) padded_ = Tensor(Shape{g.images, height_, width_, g.channels});
    // The border was zero from the start and is never written.
    const int64_t from_y = std::max<int64_t>(0, g.pad_h);
    const int64_t from_x = std::max<int64_t>(0, g.pad_w);
    const int64_t to_y = std::min(height_, g.height + g.pad_h);
    const int64_t to_x = std::min(width_, g.width + g.pad_w);
    for_each_task(g.images * (to_y - from_y), g.images * height_ * width_ * g.channels, [&](int64_t row) {
      const int64_t image = row / (to_y - from_y);
      const int64_t y = row % (to_y - from_y) + from_y;
      std::copy_n(input + ((image * g.height + y - g.pad_h) * g.width + from_x - g.pad_w) * g.channels,
                  (to_x - from_x) * g.channels,
                  padded_.data() + ((image * height_ + y) * width_ + from_x) * g.channels);
    });
    return padded_.data();
  }

 private:
  ConvolutionGeometry geometry_;
  int64_t height_, width_;
  Tensor padded_;
};

// One side of a convolution: what it reads going one way and writes going the other.
struct Side {
  int64_t height, width, channels;
};

Gather gather_of(const ConvolutionGeometry& g, const Side& from, const Side& to, std::vector<Phase> phases) {
  return {.images = g.images,
          .source_height = from.height,
          .source_width = from.width,
          .source_channels = from.channels,
          .height = to.height,
          .width = to.width,
          .channels = to.channels,
          .groups = g.group,
          .depth = from.channels / g.group,
          .phases = std::move(phases)};
}

Side input_of(const ConvolutionGeometry& g) { return {g.height, g.width, g.channels}; }
Side output_of(const ConvolutionGeometry& g) { return {g.output_height, g.output_width, g.outputs}; }

Gather forward_of(const ConvolutionGeometry& g) { return gather_of(g, input_of(g), output_of(g), forward_phases(g)); }
Gather backward_of(const ConvolutionGeometry& g) { return gather_of(g, output_of(g), input_of(g), backward_phases(g)); }

class DenseConvolution final : public Convolution {
 public:
  explicit DenseConvolution(const ConvolutionGeometry& g)
      : geometry_(g),
        name_(std::string(isa_name(best_isa())) + " convolution"),
        rows_(PaddedRows::pays(g) ? std::optional<PaddedRows>(g) : std::nullopt),
        forward_(rows_ ? rows_->gather(forward_of(g)) : forward_of(g)),
        backward_(backward_of(g)) {}

  std::string_view name() const override { return name_; }
  Layout layout() const override { return Layout::ChannelsLast; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    const Tensor packed =
        weights.packed(pack_name(rows_ ? "vector rows" : "vector forward", geometry_), [&](const ValueSource& values) {
          return pack_weights(forward_.gather(), all_of(values, weights.shape()),
                              [&](int64_t group, int64_t o, const Tap& tap, int64_t k) {
                                if (!rows_) return weight(group * geometry_.group_outputs() + o, k, tap.ky, tap.kx);
                                return weight(o, k % geometry_.channels, tap.ky, k / geometry_.channels);
                              });
        });
    forward_.run(rows_ ? rows_->pad(input) : input, packed, bias, clamp, output);
  }

  void backward(const float* output, Parameter& weights, const float* bias, float* input) override {
    const Tensor packed = weights.packed(pack_name("vector backward", geometry_), [&](const ValueSource& values) {
      return pack_weights(backward_.gather(), all_of(values, weights.shape()),
                          [&](int64_t group, int64_t c, const Tap& tap, int64_t k) {
                            return weight(group * geometry_.group_outputs() + k, c, tap.ky, tap.kx);
                          });
    });
    backward_.run(output, packed, bias, {}, input);
  }

 private:
  // Of output channel `o`, for input channel `c` of its group.
  int64_t weight(int64_t o, int64_t c, int64_t ky, int64_t kx) const {
    return ((o * geometry_.group_channels() + c) * geometry_.kernel_h + ky) * geometry_.kernel_w + kx;
  }

  ConvolutionGeometry geometry_;
  std::string name_;
  std::optional<PaddedRows> rows_;
  PlannedGather forward_, backward_;
};

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvolutionGeometry& geometry) {
  if (is_depthwise(geometry)) return make_depthwise_convolution(geometry);
  return std::make_unique<DenseConvolution>(geometry);
}

}  // namespace deepvis::cpu::vector
