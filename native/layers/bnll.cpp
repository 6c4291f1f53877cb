// BNLL: y = log(1 + e^x), without overflow.
#include <algorithm>
#include <cmath>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class BNLL final : public Elementwise {
 public:
  using Elementwise::Elementwise;

  void forward(const ForwardPass& pass) override {
    map(pass, [](float x) { return std::max(x, 0.0F) + std::log1p(std::exp(-std::abs(x))); });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_bottom(pass, [](float d, float x) {
      const float e = std::exp(std::min(x, 50.0F));
      return d * e / (e + 1);
    });
  }

  Needs needs() const override { return {.bottom_data = true}; }
};

}  // namespace

std::unique_ptr<Layer> make_bnll(const model::Message& spec) { return std::make_unique<BNLL>(spec); }

}  // namespace deepvis
