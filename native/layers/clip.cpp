// Clip: y = x limited to [min, max]; ReLU6 is Clip(0, 6).
#include <algorithm>
#include <string>

#include "cpu/vector/kernels.hpp"
#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"
#include "layers/vector_kernel.hpp"

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
    if (!fast()) return map(pass, [this](float x) { return std::clamp(x, min_, max_); });
    in_pieces(pass.tops[0].count(), [&](int64_t at, int64_t count) {
      cpu::vector::kernels().clamp(count, min_, max_, pass.bottoms[0].data + at, pass.tops[0].data + at);
    });
  }

  void backward(const BackwardPass& pass) override {
    if (!fast()) {
      return map_back_from_bottom(pass, [this](float d, float x) { return x >= min_ && x <= max_ ? d : 0.0F; });
    }
    in_pieces(pass.bottom_diffs[0].count(), [&](int64_t at, int64_t count) {
      cpu::vector::kernels().clip_back(count, min_, max_, pass.top_diffs[0].data + at, pass.bottoms[0].data + at,
                                       pass.bottom_diffs[0].data + at);
    });
  }

  std::optional<cpu::Clamp> as_clamp() const override { return cpu::Clamp{min_, max_}; }
  Needs needs() const override { return {.bottom_data = true}; }
  std::string_view kernel() const override { return fast() ? vector_kernel() : "reference"; }

 private:
  float min_, max_;
};

}  // namespace

std::unique_ptr<Layer> make_clip(const model::Message& spec) { return std::make_unique<Clip>(spec); }

}  // namespace deepvis
