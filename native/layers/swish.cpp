// Swish: y = x · sigmoid(beta·x).
#include <cmath>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Swish final : public Elementwise {
 public:
  explicit Swish(const model::Message& spec)
      : Elementwise(spec), beta_(static_cast<float>(param("swish_param").real("beta"))) {}

  void forward(const ForwardPass& pass) override {
    map(pass, [this](float x) { return x * gate(x); });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_bottom(pass, [this](float d, float x) {
      const float y = beta_ * x * gate(x);
      return d * (y + gate(x) * (1 - y));
    });
  }

  Needs needs() const override { return {.bottom_data = true}; }

 private:
  float gate(float x) const { return 0.5F * std::tanh(0.5F * beta_ * x) + 0.5F; }

  float beta_;
};

}  // namespace

std::unique_ptr<Layer> make_swish(const model::Message& spec) { return std::make_unique<Swish>(spec); }

}  // namespace deepvis
