// Threshold: 1 where x is above the threshold, else 0. Nothing flows back.

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Threshold final : public Elementwise {
 public:
  explicit Threshold(const model::Message& spec)
      : Elementwise(spec), threshold_(static_cast<float>(param("threshold_param").real("threshold"))) {}

  void forward(const ForwardPass& pass) override {
    map(pass, [this](float x) { return x > threshold_ ? 1.0F : 0.0F; });
  }

  void backward(const BackwardPass&) override {}
  bool has_backward() const override { return false; }
  Needs needs() const override { return {}; }

 private:
  float threshold_;
};

}  // namespace

std::unique_ptr<Layer> make_threshold(const model::Message& spec) { return std::make_unique<Threshold>(spec); }

}  // namespace deepvis
