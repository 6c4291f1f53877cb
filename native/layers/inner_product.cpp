// InnerProduct: every output sees every input of its row. Caffe's InnerProductLayer.
#include "cpu/inner_product.hpp"

#include "core/error.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class InnerProduct final : public Layer {
 public:
  explicit InnerProduct(const model::Message& spec)
      : Layer(spec),
        outputs_(param("inner_product_param").integer("num_output")),
        bias_(param("inner_product_param").flag("bias_term")) {
    if (outputs_ < 1) fail<FormatError>("num_output must be at least 1, found " + std::to_string(outputs_));
    geometry_.outputs = outputs_;
    geometry_.transposed = param("inner_product_param").flag("transpose");
  }

  std::vector<ParamSpec> param_specs() const override {
    const model::Message& own = param("inner_product_param");
    const Shape weights = geometry_.transposed ? Shape{geometry_.inputs, outputs_} : Shape{outputs_, geometry_.inputs};
    std::vector<ParamSpec> specs{{weights, own.message("weight_filler")}};
    if (bias_) specs.push_back({Shape{outputs_}, own.message("bias_filler")});
    return specs;
  }

  void forward(const ForwardPass& pass) override {
    naming_this([&] {
      product_->forward(pass.bottoms[0].data, *pass.params[0].values, bias_ ? pass.params[1].data() : nullptr,
                        pass.tops[0].data);
    });
  }

  void backward(const BackwardPass& pass) override {
    naming_this([&] {
      product_->backward(pass.top_diffs[0].data, *pass.params[0].values, pass.only_where, pass.bottom_diffs[0].data);
    });
  }

  std::string_view kernel() const override { return product_->name(); }
  bool takes_mask() const override { return true; }
  Needs needs() const override { return {}; }
  Window window(size_t) const override { return {kWholeAxis, kWholeAxis}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const int axis = axis_of(bottoms[0], param("inner_product_param").integer("axis"));
    geometry_.rows = bottoms[0].count(0, axis);
    geometry_.inputs = bottoms[0].count_from(axis);
    try {
      product_ = cpu::make_inner_product(geometry_, options().kernels, options().half_weights);
    } catch (const DeviceError& error) {
      fail<DeviceError>(error.what());
    }
    std::vector<int64_t> dims(bottoms[0].dims().begin(), bottoms[0].dims().begin() + axis);
    dims.push_back(outputs_);
    return {Shape(std::move(dims))};
  }

 private:
  // Runs a kernel, which knows no layers: what it says of weights beyond half precision gets this one's name.
  template <class Run>
  void naming_this(Run run) const {
    try {
      run();
    } catch (const LimitError& error) {
      fail<LimitError>(error.what());
    }
  }

  int64_t outputs_;
  bool bias_;
  cpu::InnerProductGeometry geometry_;
  std::unique_ptr<cpu::InnerProduct> product_;
};

}  // namespace

std::unique_ptr<Layer> make_inner_product(const model::Message& spec) { return std::make_unique<InnerProduct>(spec); }

}  // namespace deepvis
