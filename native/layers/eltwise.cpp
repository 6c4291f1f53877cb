// Eltwise: sum (weighted if asked), product or maximum of bottoms of one shape.
#include <algorithm>
#include <vector>

#include "cpu/reference/map.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Eltwise final : public Layer {
 public:
  explicit Eltwise(const model::Message& spec) : Layer(spec) {
    const model::Message& own = param("eltwise_param");
    operation_ = own.choice_name("operation");
    for (size_t i = 0; i < own.size("coeff"); ++i) coeff_.push_back(static_cast<float>(own.real("coeff", i)));
    if (!coeff_.empty() && operation_ != "SUM") fail<FormatError>("coeff goes with operation: SUM only");
  }

  void forward(const ForwardPass& pass) override {
    float* y = pass.tops[0].data;
    const auto bottoms = pass.bottoms;
    const int64_t count = pass.tops[0].count();
    if (operation_ == "PROD") {
      fold(bottoms, count, y, 1, [](float product, float x, float) { return product * x; });
    } else if (operation_ == "MAX") {
      cpu::reference::for_each(count, [=](int64_t i) { y[i] = bottoms[winner(bottoms, i)].data[i]; });
    } else {
      fold(bottoms, count, y, 0, [](float sum, float x, float coeff) { return sum + coeff * x; });
    }
  }

  void backward(const BackwardPass& pass) override {
    const float* d = pass.top_diffs[0].data;
    const auto bottoms = pass.bottoms;
    for (size_t b = 0; b < pass.bottom_diffs.size(); ++b) {
      float* out = pass.bottom_diffs[b].data;
      if (out == nullptr) continue;
      const int64_t count = pass.bottom_diffs[b].count();
      if (operation_ == "PROD") {
        cpu::reference::for_each(count, [=](int64_t i) {
          float others = 1;
          for (size_t other = 0; other < bottoms.size(); ++other) {
            if (other != b) others *= bottoms[other].data[i];
          }
          out[i] = d[i] * others;
        });
      } else if (operation_ == "MAX") {
        cpu::reference::for_each(count, [=](int64_t i) { out[i] = winner(bottoms, i) == b ? d[i] : 0.0F; });
      } else {
        cpu::reference::for_each(count, [=, factor = coeff(b)](int64_t i) { out[i] = factor * d[i]; });
      }
    }
  }

  LayoutRule layout_rule() const override { return LayoutRule::Follow; }
  Locality locality() const override { return Locality::Pointwise; }
  Needs needs() const override { return {.bottom_data = operation_ != "SUM"}; }

 protected:
  Arity arity() const override { return {.max_bottoms = kAny}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    for (const Shape& bottom : bottoms) {
      if (bottom != bottoms[0]) {
        fail<ShapeError>("bottoms must have one shape, found " + bottoms[0].str() + " and " + bottom.str());
      }
    }
    if (!coeff_.empty() && coeff_.size() != bottoms.size()) {
      fail<FormatError>("expected one coeff for each of the " + std::to_string(bottoms.size()) + " bottoms, found " +
                        std::to_string(coeff_.size()));
    }
    return {bottoms[0]};
  }

 private:
  // y = the bottoms taken together one after another, from `start` on.
  template <class Take>
  void fold(std::span<const ConstView> bottoms, int64_t count, float* y, float start, Take take) const {
    for (size_t b = 0; b < bottoms.size(); ++b) {
      const float* x = bottoms[b].data;
      if (b == 0) {
        cpu::reference::for_each(count, [=, c = coeff(b)](int64_t i) { y[i] = take(start, x[i], c); });
      } else {
        cpu::reference::for_each(count, [=, c = coeff(b)](int64_t i) { y[i] = take(y[i], x[i], c); });
      }
    }
  }

  float coeff(size_t bottom) const { return coeff_.empty() ? 1.0F : coeff_[bottom]; }

  // A tie between the first two goes to the second, as in Caffe; a later one must be greater to win.
  static size_t winner(std::span<const ConstView> bottoms, int64_t i) {
    size_t best = bottoms.size() > 1 && !(bottoms[0].data[i] > bottoms[1].data[i]) ? 1 : 0;
    for (size_t b = 2; b < bottoms.size(); ++b) {
      if (bottoms[b].data[i] > bottoms[best].data[i]) best = b;
    }
    return best;
  }

  std::string_view operation_;
  std::vector<float> coeff_;
};

}  // namespace

std::unique_ptr<Layer> make_eltwise(const model::Message& spec) { return std::make_unique<Eltwise>(spec); }

}  // namespace deepvis
