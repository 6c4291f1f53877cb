// Convolution: Caffe's ConvolutionLayer over two spatial axes.
#include "layers/convolution_geometry.hpp"
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
    cpu::reference::convolution_forward(geometry_, pass.bottoms[0].data, pass.params[0].data,
                                        params_.bias ? pass.params[1].data : nullptr, pass.tops[0].data);
  }

  void backward(const BackwardPass& pass) override {
    cpu::reference::convolution_backward(geometry_, pass.top_diffs[0].data, pass.params[0].data,
                                         pass.bottom_diffs[0].data);
  }

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
    if (geometry_.output_height < 1 || geometry_.output_width < 1) {
      fail<ShapeError>("the kernel does not fit into an input of shape " + bottom.str());
    }
    return {Shape{bottom.n(), params_.outputs, geometry_.output_height, geometry_.output_width}};
  }

 private:
  ConvolutionParams params_;
  cpu::reference::ConvolutionGeometry geometry_;
};

}  // namespace

std::unique_ptr<Layer> make_convolution(const model::Message& spec) { return std::make_unique<Convolution>(spec); }

}  // namespace deepvis
