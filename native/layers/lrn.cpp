// LRN: local response normalisation across channels or within each. Caffe's LRNLayer, with the deconv_ignore switch of
// the fork that the classic toolbox used.
#include "cpu/reference/normalization.hpp"

#include <algorithm>
#include <vector>

#include "layers/layer_types.hpp"

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
    scale_.resize(static_cast<size_t>(pass.bottoms[0].count()));
    if (within_channel_) {
      cpu::reference::lrn_within_forward(within_, pass.bottoms[0].data, pass.tops[0].data, scale_.data());
    } else {
      cpu::reference::lrn_across_forward(across_, pass.bottoms[0].data, pass.tops[0].data, scale_.data());
    }
  }

  void backward(const BackwardPass& pass) override {
    if (pass.rule == Rule::Deconv && deconv_ignore_) {
      std::copy_n(pass.top_diffs[0].data, pass.top_diffs[0].count(), pass.bottom_diffs[0].data);
    } else if (within_channel_) {
      cpu::reference::lrn_within_backward(within_, pass.bottoms[0].data, scale_.data(), pass.top_diffs[0].data,
                                          pass.bottom_diffs[0].data);
    } else {
      cpu::reference::lrn_across_backward(across_, pass.bottoms[0].data, pass.tops[0].data, scale_.data(),
                                          pass.top_diffs[0].data, pass.bottom_diffs[0].data);
    }
  }

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
    within_.window = {.planes = bottom.n() * bottom.c(),
                      .height = bottom.h(),
                      .width = bottom.w(),
                      .output_height = bottom.h(),
                      .output_width = bottom.w(),
                      .kernel_h = size_,
                      .kernel_w = size_,
                      .pad_h = pad,
                      .pad_w = pad};
    return {bottom};
  }

 private:
  int64_t size_;
  bool within_channel_;
  bool deconv_ignore_;
  cpu::reference::AcrossChannels across_;
  cpu::reference::WithinChannel within_;
  std::vector<float> scale_;
};

}  // namespace

std::unique_ptr<Layer> make_lrn(const model::Message& spec) { return std::make_unique<LRN>(spec); }

}  // namespace deepvis
