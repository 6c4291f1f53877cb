// Power: y = (shift + scale·x)^power.
#include <cmath>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Power final : public Elementwise {
 public:
  explicit Power(const model::Message& spec)
      : Elementwise(spec),
        power_(static_cast<float>(param("power_param").real("power"))),
        scale_(static_cast<float>(param("power_param").real("scale"))),
        shift_(static_cast<float>(param("power_param").real("shift"))) {}

  void forward(const ForwardPass& pass) override {
    if (power_ == 1) {
      map(pass, [this](float x) { return shift_ + scale_ * x; });
    } else {
      map(pass, [this](float x) { return std::pow(shift_ + scale_ * x, power_); });
    }
  }

  void backward(const BackwardPass& pass) override {
    if (power_ == 0 || power_ == 1) {
      map_back_from_bottom(pass, [slope = power_ * scale_](float d, float) { return d * slope; });
    } else {
      map_back_from_bottom(
          pass, [this](float d, float x) { return d * power_ * scale_ * std::pow(shift_ + scale_ * x, power_ - 1); });
    }
  }

  Needs needs() const override { return {.bottom_data = true}; }

 private:
  float power_, scale_, shift_;
};

}  // namespace

std::unique_ptr<Layer> make_power(const model::Message& spec) { return std::make_unique<Power>(spec); }

}  // namespace deepvis
