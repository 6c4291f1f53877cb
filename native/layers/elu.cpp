// ELU: y = x where positive, alpha·(e^x - 1) elsewhere.
#include <cmath>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class ELU final : public Elementwise {
 public:
  explicit ELU(const model::Message& spec)
      : Elementwise(spec), alpha_(static_cast<float>(param("elu_param").real("alpha"))) {}

  void forward(const ForwardPass& pass) override {
    map(pass, [this](float x) { return x > 0 ? x : alpha_ * (std::exp(x) - 1); });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_bottom(pass, [this](float d, float x) { return x > 0 ? d : d * alpha_ * std::exp(x); });
  }

  Needs needs() const override { return {.bottom_data = true}; }

 private:
  float alpha_;
};

}  // namespace

std::unique_ptr<Layer> make_elu(const model::Message& spec) { return std::make_unique<ELU>(spec); }

}  // namespace deepvis
