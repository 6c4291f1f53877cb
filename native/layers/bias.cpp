// Bias: the bottom plus a value a channel (or along other axes); the values may be a second bottom.
#include <algorithm>

#include "layers/broadcast.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Bias final : public Layer {
 public:
  using Layer::Layer;

  std::vector<ParamSpec> param_specs() const override {
    if (from_bottom_) return {};
    return {{meeting_.operand, param("bias_param").message("filler")}};
  }

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    const float* values = from_bottom_ ? pass.bottoms[1].data : pass.params[0].data();
    float* y = pass.tops[0].data;
    meeting_.each(pass.layout, pass.tops[0].count(), [=](int64_t i, int64_t at) { y[i] = x[i] + values[at]; });
  }

  void backward(const BackwardPass& pass) override {
    const ConstView& d = pass.top_diffs[0];
    if (pass.bottom_diffs[0].data != nullptr) std::copy_n(d.data, d.count(), pass.bottom_diffs[0].data);
    if (!from_bottom_ || pass.bottom_diffs[1].data == nullptr) return;
    float* out = pass.bottom_diffs[1].data;
    sum_up(meeting_, pass.layout, d.count(), out, [=](int64_t i) { return d.data[i]; });
  }

  LayoutRule layout_rule() const override { return by_channel_ ? LayoutRule::Follow : LayoutRule::Plain; }
  Locality locality() const override { return by_channel_ && !from_bottom_ ? Locality::Pointwise : Locality::Whole; }
  bool allows_in_place() const override { return true; }
  Needs needs() const override { return {}; }
  Window window(size_t bottom) const override { return bottom == 0 ? Window{} : Window{kWholeAxis, kWholeAxis}; }

 protected:
  Arity arity() const override { return {.max_bottoms = 2}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    from_bottom_ = bottoms.size() == 2;
    meeting_ = broadcast(*this, param("bias_param"), bottoms);
    by_channel_ = meeting_.is_by_channel(bottoms[0]);
    return {bottoms[0]};
  }

 private:
  bool from_bottom_ = false;
  bool by_channel_ = false;
  Broadcast meeting_;
};

}  // namespace

std::unique_ptr<Layer> make_bias(const model::Message& spec) { return std::make_unique<Bias>(spec); }

}  // namespace deepvis
