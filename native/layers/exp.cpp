// Exp: y = base^(shift + scale·x).
#include <cmath>
#include <string>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Exp final : public Elementwise {
 public:
  explicit Exp(const model::Message& spec)
      : Elementwise(spec),
        scale_(static_cast<float>(param("exp_param").real("scale"))),
        shift_(static_cast<float>(param("exp_param").real("shift"))) {
    const double base = param("exp_param").real("base");
    if (base != -1 && !(base > 0)) {
      fail<FormatError>("base must be positive, or -1 for e; found " + std::to_string(base));
    }
    log_base_ = base == -1 ? 1 : static_cast<float>(std::log(base));
  }

  void forward(const ForwardPass& pass) override {
    map(pass, [this](float x) { return std::exp(log_base_ * (shift_ + scale_ * x)); });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_top(pass, [slope = log_base_ * scale_](float d, float y) { return d * y * slope; });
  }

  bool allows_in_place() const override { return true; }
  Needs needs() const override { return {.top_data = true}; }

 private:
  float scale_, shift_, log_base_;
};

}  // namespace

std::unique_ptr<Layer> make_exp(const model::Message& spec) { return std::make_unique<Exp>(spec); }

}  // namespace deepvis
