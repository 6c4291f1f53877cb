// ReLU, leaky too. The one layer that makes the three backward rules differ.
#include <algorithm>

#include "cpu/vector/kernels.hpp"
#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"
#include "layers/vector_kernel.hpp"

namespace deepvis {

namespace {

class ReLU final : public Elementwise {
 public:
  explicit ReLU(const model::Message& spec)
      : Elementwise(spec), slope_(static_cast<float>(param("relu_param").real("negative_slope"))) {}

  void forward(const ForwardPass& pass) override {
    if (fast() && slope_ == 0) {
      return in_pieces(pass.tops[0].count(), [&](int64_t at, int64_t count) {
        cpu::vector::kernels().clamp(count, kRectifier.low, kRectifier.high, pass.bottoms[0].data + at,
                                     pass.tops[0].data + at);
      });
    }
    map(pass, [slope = slope_](float x) { return std::max(x, 0.0F) + slope * std::min(x, 0.0F); });
  }

  void backward(const BackwardPass& pass) override {
    if (fast() && slope_ == 0) return fast_backward(pass);
    switch (pass.rule) {
      case Rule::Gradient:
        return map_back(pass, [slope = slope_](float d, float x) { return x > 0 ? d : d * slope; });
      case Rule::Deconv:
        return map_back(pass, [](float d, float) { return std::max(d, 0.0F); });
      case Rule::Guided:
        return map_back(pass, [](float d, float x) { return x > 0 && d > 0 ? d : 0.0F; });
    }
  }

  // A slope that is not negative keeps the sign, so the top tells all that the bottom did and may overwrite it.
  bool allows_in_place() const override { return slope_ >= 0; }
  Needs needs() const override { return slope_ >= 0 ? Needs{.top_data = true} : Needs{.bottom_data = true}; }

  std::optional<cpu::Clamp> as_clamp() const override { return slope_ == 0 ? std::optional(kRectifier) : std::nullopt; }
  std::string_view kernel() const override { return fast() && slope_ == 0 ? vector_kernel() : "reference"; }

  std::string remark(Rule rule) const override {
    if (slope_ == 0 || rule == Rule::Gradient) return {};
    return describe() + ": negative_slope " + std::to_string(slope_) + " plays no part in a " +
           (rule == Rule::Deconv ? "deconv" : "guided") + " pass";
  }

 private:
  template <class F>
  void map_back(const BackwardPass& pass, F f) const {
    if (slope_ >= 0) {
      map_back_from_top(pass, f);
    } else {
      map_back_from_bottom(pass, f);
    }
  }

  void fast_backward(const BackwardPass& pass) const {
    const float* d = pass.top_diffs[0].data;
    const float* y = pass.tops[0].data;
    float* out = pass.bottom_diffs[0].data;
    const cpu::vector::Kernels& kernels = cpu::vector::kernels();
    in_pieces(pass.bottom_diffs[0].count(), [&](int64_t at, int64_t count) {
      if (pass.rule == Rule::Deconv) {
        kernels.clamp(count, kRectifier.low, kRectifier.high, d + at, out + at);
      } else {
        (pass.rule == Rule::Gradient ? kernels.relu_back : kernels.guided_back)(count, d + at, y + at, out + at);
      }
    });
  }

  static constexpr cpu::Clamp kRectifier{.low = 0};
  float slope_;
};

}  // namespace

std::unique_ptr<Layer> make_relu(const model::Message& spec) { return std::make_unique<ReLU>(spec); }

}  // namespace deepvis
