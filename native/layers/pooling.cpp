// Pooling: MAX and AVE, global too. Caffe's PoolingLayer: sizes are rounded up.
#include "cpu/reference/pooling.hpp"

#include <vector>

#include "cpu/vector/pooling.hpp"
#include "layers/layer_types.hpp"
#include "layers/vector_kernel.hpp"

namespace deepvis {

namespace {

class Pooling final : public Layer {
 public:
  explicit Pooling(const model::Message& spec) : Layer(spec) {
    const model::Message& own = param("pooling_param");
    const std::string_view method = own.choice_name("pool");
    if (method == "STOCHASTIC") {
      fail<FormatError>("STOCHASTIC pooling is for training on a GPU; expected pool: MAX or AVE");
    }
    max_ = method == "MAX";
    global_ = own.flag("global_pooling");
    window_.kernel_h = either(own, "kernel_h", "kernel_size");
    window_.kernel_w = either(own, "kernel_w", "kernel_size");
    window_.stride_h = either(own, "stride_h", "stride");
    window_.stride_w = either(own, "stride_w", "stride");
    window_.pad_h = either(own, "pad_h", "pad");
    window_.pad_w = either(own, "pad_w", "pad");
    round_up_ = own.choice_name("round_mode") == "CEIL";
    if (!global_) check();
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    float* y = pass.tops[0].data;
    if (fast_)
      return max_ ? cpu::vector::max_pooling_forward(window_, x, y)
                  : cpu::vector::average_pooling_forward(window_, x, y);
    if (!max_) return cpu::reference::average_pooling_forward(window_, x, y);
    switches_.resize(static_cast<size_t>(pass.tops[0].count()));
    cpu::reference::max_pooling_forward(window_, x, y, switches_.data());
    if (pass.tops.size() > 1) std::copy(switches_.begin(), switches_.end(), pass.tops[1].data);
  }

  void backward(const BackwardPass& pass) override {
    const float* d = pass.top_diffs[0].data;
    float* out = pass.bottom_diffs[0].data;
    if (fast_ && max_)
      return cpu::vector::max_pooling_backward(window_, pass.bottoms[0].data, pass.tops[0].data, d, out);
    if (fast_) return cpu::vector::average_pooling_backward(window_, d, out);
    if (!max_) return cpu::reference::average_pooling_backward(window_, d, out);
    cpu::reference::max_pooling_backward(window_, d, switches_.data(), out);
  }

  // The vector kernels find the maxima again instead of keeping where they were.
  Needs needs() const override { return {.bottom_data = fast_ && max_, .top_data = fast_ && max_}; }

  bool keeps_state() const override { return !fast_ && max_; }
  LayoutRule layout_rule() const override { return fast_ ? LayoutRule::ChannelsLast : LayoutRule::Plain; }
  Locality locality() const override { return global_ ? Locality::Whole : Locality::Windowed; }
  bool is_channelwise() const override { return true; }
  std::string_view kernel() const override { return fast_ ? vector_kernel() : "reference"; }

  Window window(size_t) const override {
    if (global_) return {kWholeAxis, kWholeAxis};
    return {{.extent = window_.kernel_h, .stride = window_.stride_h, .pad = window_.pad_h},
            {.extent = window_.kernel_w, .stride = window_.stride_w, .pad = window_.pad_w}};
  }

 protected:
  // A second top of MAX pooling shows the switches.
  Arity arity() const override { return {.max_tops = max_ ? 2 : 1}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t top_count) override {
    const Shape& bottom = bottoms[0];
    if (bottom.axes() != 4) fail<ShapeError>("expected an input of shape (N, C, H, W), found " + bottom.str());
    fast_ = fast() && top_count == 1;
    window_.images = bottom.n();
    window_.channels = bottom.c();
    window_.height = bottom.h();
    window_.width = bottom.w();
    if (global_) {
      window_.kernel_h = bottom.h();
      window_.kernel_w = bottom.w();
      window_.stride_h = window_.stride_w = 1;
      window_.pad_h = window_.pad_w = 0;
    }
    window_.end_pad_h = window_.pad_h;
    window_.end_pad_w = window_.pad_w;
    window_.output_height = extent(bottom.h(), window_.kernel_h, window_.stride_h, window_.pad_h);
    window_.output_width = extent(bottom.w(), window_.kernel_w, window_.stride_w, window_.pad_w);
    if (crop()) {
      window_.pad_h = crop()->pad_h;
      window_.pad_w = crop()->pad_w;
      window_.end_pad_h = crop()->end_pad_h;
      window_.end_pad_w = crop()->end_pad_w;
      window_.output_height = crop()->height;
      window_.output_width = crop()->width;
    }
    if (window_.output_height < 1 || window_.output_width < 1) {
      fail<ShapeError>("the window does not fit into an input of shape " + bottom.str());
    }
    const Shape top{bottom.n(), bottom.c(), window_.output_height, window_.output_width};
    return std::vector<Shape>(top_count, top);
  }

 private:
  static int64_t either(const model::Message& own, std::string_view specific, std::string_view general) {
    return own.has(specific) ? own.integer(specific) : own.integer(general);
  }

  void check() const {
    check_range("kernel_size", {window_.kernel_h, window_.kernel_w});
    check_range("stride", {window_.stride_h, window_.stride_w});
    if (window_.pad_h < 0 || window_.pad_w < 0 || window_.pad_h >= window_.kernel_h ||
        window_.pad_w >= window_.kernel_w) {
      fail<FormatError>("pad must be at least 0 and smaller than the kernel, found " + std::to_string(window_.pad_h) +
                        " x " + std::to_string(window_.pad_w));
    }
  }

  // Larger than any blob's extent makes no sense, and could overflow.
  void check_range(const std::string& name, std::initializer_list<int64_t> values) const {
    constexpr int64_t kMost = 1 << 20;
    for (const int64_t value : values) {
      if (value < 1) fail<FormatError>(name + " must be at least 1, found " + std::to_string(value));
      if (value > kMost) {
        fail<FormatError>(name + " must be at most " + std::to_string(kMost) + ", found " + std::to_string(value));
      }
    }
  }

  int64_t extent(int64_t input, int64_t kernel, int64_t stride, int64_t pad) const {
    const int64_t covered = input + 2 * pad - kernel;
    if (covered < 0 && !(round_up_ && covered > -stride)) return 0;
    const int64_t steps = round_up_ ? (covered + stride - 1) / stride : covered / stride;
    // With padding, a last window that would start beyond the input is dropped.
    return pad > 0 && steps * stride >= input + pad ? steps : steps + 1;
  }

  bool max_ = true;
  bool global_ = false;
  bool round_up_ = true;
  bool fast_ = false;  // not where a second top shows the switches
  cpu::PoolingGeometry window_;
  std::vector<int32_t> switches_;  // of the reference kernel's last forward pass
};

}  // namespace

std::unique_ptr<Layer> make_pooling(const model::Message& spec) { return std::make_unique<Pooling>(spec); }

}  // namespace deepvis
