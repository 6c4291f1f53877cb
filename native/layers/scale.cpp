// Scale: the bottom times a factor a channel (or along other axes), plus a bias if asked; the factors may be a second
// bottom.
#include <algorithm>

#include "cpu/reference/map.hpp"
#include "layers/broadcast.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Scale final : public Layer {
 public:
  explicit Scale(const model::Message& spec) : Layer(spec), bias_(param("scale_param").flag("bias_term")) {}

  std::vector<ParamSpec> param_specs() const override {
    const model::Message& own = param("scale_param");
    std::vector<ParamSpec> specs;
    if (!from_bottom_) {
      model::Message filler = own.message("filler");
      if (!own.has("filler")) filler.set_real("value", 1);  // Caffe's own default
      specs.push_back({layout_.operand, filler});
    }
    if (bias_) specs.push_back({layout_.operand, own.message("bias_filler")});
    return specs;
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    const float* factors = from_bottom_ ? pass.bottoms[1].data : pass.params[0].data;
    const float* biases = bias_ ? pass.params.back().data : nullptr;
    float* y = pass.tops[0].data;
    cpu::reference::for_each(pass.tops[0].count(), [=, this](int64_t i) {
      const int64_t at = layout_.index(i);
      y[i] = x[i] * factors[at] + (biases != nullptr ? biases[at] : 0.0F);
    });
  }

  void backward(const BackwardPass& pass) override {
    const float* d = pass.top_diffs[0].data;
    const float* factors = from_bottom_ ? pass.bottoms[1].data : pass.params[0].data;
    if (float* out = pass.bottom_diffs[0].data) {
      cpu::reference::for_each(pass.bottom_diffs[0].count(),
                               [=, this](int64_t i) { out[i] = d[i] * factors[layout_.index(i)]; });
    }
    if (!from_bottom_ || pass.bottom_diffs[1].data == nullptr) return;
    float* out = pass.bottom_diffs[1].data;
    const float* x = pass.bottoms[0].data;
    std::fill_n(out, layout_.extent, 0.0F);
    for (int64_t i = 0; i < pass.top_diffs[0].count(); ++i) out[layout_.index(i)] += d[i] * x[i];
  }

  bool allows_in_place() const override { return !from_bottom_; }
  Needs needs() const override { return {.bottom_data = from_bottom_}; }
  Window window(size_t bottom) const override { return bottom == 0 ? Window{} : Window{kWholeAxis, kWholeAxis}; }

 protected:
  Arity arity() const override { return {.max_bottoms = 2}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    from_bottom_ = bottoms.size() == 2;
    layout_ = broadcast(*this, param("scale_param"), bottoms);
    return {bottoms[0]};
  }

 private:
  bool bias_;
  bool from_bottom_ = false;
  Broadcast layout_;
};

}  // namespace

std::unique_ptr<Layer> make_scale(const model::Message& spec) { return std::make_unique<Scale>(spec); }

}  // namespace deepvis
