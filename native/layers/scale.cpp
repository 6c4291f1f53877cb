// Scale: the bottom times a factor a channel (or along other axes), plus a bias if asked; the factors may be a second
// bottom.
#include <algorithm>

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
      specs.push_back({meeting_.operand, filler});
    }
    if (bias_) specs.push_back({meeting_.operand, own.message("bias_filler")});
    return specs;
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    const float* factors = from_bottom_ ? pass.bottoms[1].data : pass.params[0].data();
    const float* biases = bias_ ? pass.params.back().data() : nullptr;
    float* y = pass.tops[0].data;
    const int64_t count = pass.tops[0].count();
    if (biases != nullptr) {
      meeting_.each(pass.layout, count, [=](int64_t i, int64_t at) { y[i] = x[i] * factors[at] + biases[at]; });
    } else {
      meeting_.each(pass.layout, count, [=](int64_t i, int64_t at) { y[i] = x[i] * factors[at]; });
    }
  }

  void backward(const BackwardPass& pass) override {
    const float* d = pass.top_diffs[0].data;
    const float* factors = from_bottom_ ? pass.bottoms[1].data : pass.params[0].data();
    if (float* out = pass.bottom_diffs[0].data) {
      meeting_.each(pass.layout, pass.bottom_diffs[0].count(),
                    [=](int64_t i, int64_t at) { out[i] = d[i] * factors[at]; });
    }
    if (!from_bottom_ || pass.bottom_diffs[1].data == nullptr) return;
    float* out = pass.bottom_diffs[1].data;
    const float* x = pass.bottoms[0].data;
    sum_up(meeting_, pass.layout, pass.top_diffs[0].count(), out, [=](int64_t i) { return d[i] * x[i]; });
  }

  LayoutRule layout_rule() const override { return by_channel_ ? LayoutRule::Follow : LayoutRule::Plain; }
  Locality locality() const override { return by_channel_ && !from_bottom_ ? Locality::Pointwise : Locality::Whole; }
  bool allows_in_place() const override { return !from_bottom_; }
  bool backward_in_place() const override { return !from_bottom_; }
  Needs needs() const override { return {.bottom_data = from_bottom_}; }
  Window window(size_t bottom) const override { return bottom == 0 ? Window{} : Window{kWholeAxis, kWholeAxis}; }

 protected:
  Arity arity() const override { return {.max_bottoms = 2}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    from_bottom_ = bottoms.size() == 2;
    meeting_ = broadcast(*this, param("scale_param"), bottoms);
    by_channel_ = meeting_.is_by_channel(bottoms[0]);
    return {bottoms[0]};
  }

 private:
  bool bias_;
  bool from_bottom_ = false;
  bool by_channel_ = false;
  Broadcast meeting_;
};

}  // namespace

std::unique_ptr<Layer> make_scale(const model::Message& spec) { return std::make_unique<Scale>(spec); }

}  // namespace deepvis
