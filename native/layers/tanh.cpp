// TanH: y = tanh x.
#include <cmath>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class TanH final : public Elementwise {
 public:
  using Elementwise::Elementwise;

  void forward(const ForwardPass& pass) override {
    map(pass, [](float x) { return std::tanh(x); });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_top(pass, [](float d, float y) { return d * (1 - y * y); });
  }

  bool allows_in_place() const override { return true; }
  Needs needs() const override { return {.top_data = true}; }
};

}  // namespace

std::unique_ptr<Layer> make_tanh(const model::Message& spec) { return std::make_unique<TanH>(spec); }

}  // namespace deepvis
