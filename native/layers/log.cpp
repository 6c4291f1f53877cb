// Log: y = log_base(shift + scale·x).
#include <cmath>
#include <string>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Log final : public Elementwise {
 public:
  explicit Log(const model::Message& spec)
      : Elementwise(spec),
        scale_(static_cast<float>(param("log_param").real("scale"))),
        shift_(static_cast<float>(param("log_param").real("shift"))) {
    const double base = param("log_param").real("base");
    if (base != -1 && !(base > 0 && base != 1)) {
      fail<FormatError>("base must be positive and not 1, or -1 for e; found " + std::to_string(base));
    }
    inverse_log_base_ = base == -1 ? 1 : static_cast<float>(1 / std::log(base));
  }

  void forward(const ForwardPass& pass) override {
    map(pass, [this](float x) { return inverse_log_base_ * std::log(shift_ + scale_ * x); });
  }

  void backward(const BackwardPass& pass) override {
    map_back_from_bottom(pass,
                         [this](float d, float x) { return d * inverse_log_base_ * scale_ / (shift_ + scale_ * x); });
  }

  Needs needs() const override { return {.bottom_data = true}; }

 private:
  float scale_, shift_, inverse_log_base_;
};

}  // namespace

std::unique_ptr<Layer> make_log(const model::Message& spec) { return std::make_unique<Log>(spec); }

}  // namespace deepvis
