// ReLU, leaky too. The one layer that makes the three backward rules differ.
#include <algorithm>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class ReLU final : public Elementwise {
 public:
  explicit ReLU(const model::Message& spec)
      : Elementwise(spec), slope_(static_cast<float>(param("relu_param").real("negative_slope"))) {}

  void forward(const ForwardPass& pass) override {
    map(pass, [slope = slope_](float x) { return std::max(x, 0.0F) + slope * std::min(x, 0.0F); });
  }

  void backward(const BackwardPass& pass) override {
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

  float slope_;
};

}  // namespace

std::unique_ptr<Layer> make_relu(const model::Message& spec) { return std::make_unique<ReLU>(spec); }

}  // namespace deepvis
