// Convolution: Caffe's ConvolutionLayer over two spatial axes.
#include "cpu/unit_convolution.hpp"
#include "layers/convolution_params.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

int64_t output_extent(int64_t input, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation) {
  const int64_t covered = input + 2 * pad - (dilation * (kernel - 1) + 1);
  return covered < 0 ? 0 : covered / stride + 1;
}

class Convolution final : public Layer {
 public:
  explicit Convolution(const model::Message& spec)
      : Layer(spec), params_(read_convolution_params(*this, param("convolution_param"))) {}

  std::vector<ParamSpec> param_specs() const override {
    return convolution_param_specs(params_, param("convolution_param"), params_.outputs,
                                   geometry_.channels / params_.group);
  }

  void forward(const ForwardPass& pass) override {
    convolution_->forward(pass.bottoms[0].data, *pass.params[0].values, params_.bias ? pass.params[1].data() : nullptr,
                          pass.clamp, pass.tops[0].data);
  }

  void backward(const BackwardPass& pass) override {
    convolution_->backward(pass.top_diffs[0].data, *pass.params[0].values, nullptr, pass.bottom_diffs[0].data);
  }

  LayoutRule layout_rule() const override { return layout_rule_of(*convolution_); }
  Locality locality() const override { return Locality::Windowed; }
  bool has_units() const override { return true; }
  bool takes_clamp() const override { return true; }
  std::string_view kernel() const override { return convolution_->name(); }
  Needs needs() const override { return {}; }

  Window window(size_t) const override {
    return {
        {.extent = params_.dilation_h * (params_.kernel_h - 1) + 1, .stride = params_.stride_h, .pad = params_.pad_h},
        {.extent = params_.dilation_w * (params_.kernel_w - 1) + 1, .stride = params_.stride_w, .pad = params_.pad_w}};
  }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    check_convolution_input(*this, bottom, params_);
    geometry_ = convolution_geometry(params_);
    geometry_.images = bottom.n();
    geometry_.channels = bottom.c();
    geometry_.height = bottom.h();
    geometry_.width = bottom.w();
    geometry_.outputs = params_.outputs;
    geometry_.output_height =
        output_extent(bottom.h(), params_.kernel_h, params_.stride_h, params_.pad_h, params_.dilation_h);
    geometry_.output_width =
        output_extent(bottom.w(), params_.kernel_w, params_.stride_w, params_.pad_w, params_.dilation_w);
    if (crop()) {
      geometry_.pad_h = crop()->pad_h;
      geometry_.pad_w = crop()->pad_w;
      geometry_.output_height = crop()->height;
      geometry_.output_width = crop()->width;
    }
    if (geometry_.output_height < 1 || geometry_.output_width < 1) {
      fail<ShapeError>("the kernel does not fit into an input of shape " + bottom.str());
    }
    convolution_ = unit() ? cpu::make_unit_convolution(geometry_, *unit(), options().kernels)
                          : cpu::make_convolution(geometry_, options().kernels);
    return {Shape{bottom.n(), unit() ? 1 : params_.outputs, geometry_.output_height, geometry_.output_width}};
  }

 private:
  ConvolutionParams params_;
  cpu::ConvolutionGeometry geometry_;
  std::unique_ptr<cpu::Convolution> convolution_;
};

}  // namespace

std::unique_ptr<Layer> make_convolution(const model::Message& spec) { return std::make_unique<Convolution>(spec); }

}  // namespace deepvis
