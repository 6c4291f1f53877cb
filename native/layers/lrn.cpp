// LRN: local response normalisation across channels or within each. Caffe's LRNLayer, with the deconv_ignore switch of
// the fork that the classic toolbox used.
#include "cpu/reference/normalization.hpp"

#include <algorithm>
#include <vector>

#include "cpu/vector/normalization.hpp"
#include "layers/layer_types.hpp"
#include "layers/vector_kernel.hpp"

namespace deepvis {

namespace {

class LRN final : public Layer {
 public:
  explicit LRN(const model::Message& spec) : Layer(spec) {
    const model::Message& own = param("lrn_param");
    size_ = own.integer("local_size");
    if (size_ < 1 || size_ % 2 == 0 || size_ > (1 << 20)) {
      fail<FormatError>("local_size must be odd and at least 1, found " + std::to_string(size_));
    }
    within_channel_ = own.choice_name("norm_region") == "WITHIN_CHANNEL";
    deconv_ignore_ = own.flag("deconv_ignore");
    across_.alpha = within_.alpha = static_cast<float>(own.real("alpha"));
    across_.beta = within_.beta = static_cast<float>(own.real("beta"));
    across_.k = static_cast<float>(own.real("k"));
    across_.size = size_;
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    float* y = pass.tops[0].data;
    if (fast() && within_channel_) return cpu::vector::lrn_within_forward(within_, x, y);
    if (fast()) return cpu::vector::lrn_across_forward(across_, x, y);
    scale_.resize(static_cast<size_t>(pass.bottoms[0].count()));
    if (within_channel_) return cpu::reference::lrn_within_forward(within_, x, y, scale_.data());
    cpu::reference::lrn_across_forward(across_, x, y, scale_.data());
  }

  void backward(const BackwardPass& pass) override {
    const float* d = pass.top_diffs[0].data;
    const float* x = pass.bottoms[0].data;
    float* out = pass.bottom_diffs[0].data;
    if (pass.rule == Rule::Deconv && deconv_ignore_) {
      std::copy_n(d, pass.top_diffs[0].count(), out);
      return;
    }
    if (fast() && within_channel_) return cpu::vector::lrn_within_backward(within_, x, d, out);
    if (fast()) return cpu::vector::lrn_across_backward(across_, x, d, out);
    if (within_channel_) return cpu::reference::lrn_within_backward(within_, x, scale_.data(), d, out);
    cpu::reference::lrn_across_backward(across_, x, pass.tops[0].data, scale_.data(), d, out);
  }

  Needs needs() const override { return {.bottom_data = true, .top_data = !fast()}; }
  bool keeps_state() const override { return !fast(); }
  LayoutRule layout_rule() const override { return fast() ? LayoutRule::ChannelsLast : LayoutRule::Plain; }
  Locality locality() const override { return within_channel_ ? Locality::Whole : Locality::Pointwise; }
  std::string_view kernel() const override { return fast() ? vector_kernel() : "reference"; }

  Window window(size_t) const override {
    if (!within_channel_) return {};
    const AxisWindow axis{.extent = size_, .stride = 1, .pad = (size_ - 1) / 2};
    return {axis, axis};
  }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    if (bottom.axes() != 4) fail<ShapeError>("expected an input of shape (N, C, H, W), found " + bottom.str());
    across_.images = bottom.n();
    across_.channels = bottom.c();
    across_.positions = bottom.h() * bottom.w();
    const int64_t pad = (size_ - 1) / 2;
    within_.window = {.images = bottom.n(),
                      .channels = bottom.c(),
                      .height = bottom.h(),
                      .width = bottom.w(),
                      .output_height = bottom.h(),
                      .output_width = bottom.w(),
                      .kernel_h = size_,
                      .kernel_w = size_,
                      .pad_h = pad,
                      .pad_w = pad,
                      .end_pad_h = pad,
                      .end_pad_w = pad};
    return {bottom};
  }

 private:
  int64_t size_;
  bool within_channel_;
  bool deconv_ignore_;
  cpu::AcrossChannels across_;
  cpu::WithinChannel within_;
  std::vector<float> scale_;  // of the reference kernel's last forward pass
};

}  // namespace

std::unique_ptr<Layer> make_lrn(const model::Message& spec) { return std::make_unique<LRN>(spec); }

}  // namespace deepvis
