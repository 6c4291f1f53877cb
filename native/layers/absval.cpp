// AbsVal: y = |x|.
#include <cmath>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class AbsVal final : public Elementwise {
 public:
  using Elementwise::Elementwise;

  void forward(const ForwardPass& pass) override {
    map(pass, [](float x) { return std::abs(x); });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_bottom(pass, [](float d, float x) { return x > 0 ? d : (x < 0 ? -d : 0.0F); });
  }

  Needs needs() const override { return {.bottom_data = true}; }
};

}  // namespace

std::unique_ptr<Layer> make_absval(const model::Message& spec) { return std::make_unique<AbsVal>(spec); }

}  // namespace deepvis
