// Clip: y = x limited to [min, max]; ReLU6 is Clip(0, 6).
#include <algorithm>
#include <string>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Clip final : public Elementwise {
 public:
  explicit Clip(const model::Message& spec)
      : Elementwise(spec),
        min_(static_cast<float>(param("clip_param").real("min"))),
        max_(static_cast<float>(param("clip_param").real("max"))) {
    if (!(min_ <= max_)) {
      fail<FormatError>("min must not be above max, found " + std::to_string(min_) + " and " + std::to_string(max_));
    }
  }

  void forward(const ForwardPass& pass) override {
    map(pass, [this](float x) { return std::clamp(x, min_, max_); });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_bottom(pass, [this](float d, float x) { return x >= min_ && x <= max_ ? d : 0.0F; });
  }

  std::optional<cpu::Clamp> as_clamp() const override { return cpu::Clamp{min_, max_}; }
  Needs needs() const override { return {.bottom_data = true}; }

 private:
  float min_, max_;
};

}  // namespace

std::unique_ptr<Layer> make_clip(const model::Message& spec) { return std::make_unique<Clip>(spec); }

}  // namespace deepvis
