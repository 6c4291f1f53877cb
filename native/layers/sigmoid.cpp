// Sigmoid: y = 1 / (1 + e^-x).
#include <cmath>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Sigmoid final : public Elementwise {
 public:
  using Elementwise::Elementwise;

  void forward(const ForwardPass& pass) override {
    map(pass, [](float x) { return 0.5F * std::tanh(0.5F * x) + 0.5F; });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_top(pass, [](float d, float y) { return d * y * (1 - y); });
  }

  bool allows_in_place() const override { return true; }
  Needs needs() const override { return {.top_data = true}; }
};

}  // namespace

std::unique_ptr<Layer> make_sigmoid(const model::Message& spec) { return std::make_unique<Sigmoid>(spec); }

}  // namespace deepvis
