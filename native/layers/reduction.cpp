// Reduction: sum, sum of magnitudes, sum of squares or mean of all axes from `axis` on, times coeff.
#include <cmath>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Reduction final : public Layer {
 public:
  explicit Reduction(const model::Message& spec)
      : Layer(spec),
        operation_(param("reduction_param").choice_name("operation")),
        coeff_(static_cast<float>(param("reduction_param").real("coeff"))) {}

  void forward(const ForwardPass& pass) override {
    for (int64_t row = 0; row < rows_; ++row) {
      const float* x = pass.bottoms[0].data + row * length_;
      float sum = 0;
      for (int64_t i = 0; i < length_; ++i) sum += term(x[i]);
      pass.tops[0].data[row] = sum * factor();
    }
  }

  void backward(const BackwardPass& pass) override {
    for (int64_t row = 0; row < rows_; ++row) {
      const float d = pass.top_diffs[0].data[row] * factor();
      const float* x = pass.bottoms[0].data + row * length_;
      float* out = pass.bottom_diffs[0].data + row * length_;
      for (int64_t i = 0; i < length_; ++i) out[i] = d * slope(x[i]);
    }
  }

  Needs needs() const override { return {.bottom_data = true}; }
  Window window(size_t) const override { return {kWholeAxis, kWholeAxis}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    const int axis = axis_of(bottom, param("reduction_param").integer("axis"));
    rows_ = bottom.count(0, axis);
    length_ = bottom.count_from(axis);
    return {Shape(std::vector<int64_t>(bottom.dims().begin(), bottom.dims().begin() + axis))};
  }

 private:
  float factor() const { return operation_ == "MEAN" ? coeff_ / static_cast<float>(length_) : coeff_; }

  float term(float x) const {
    if (operation_ == "ASUM") return std::abs(x);
    if (operation_ == "SUMSQ") return x * x;
    return x;
  }

  float slope(float x) const {
    if (operation_ == "ASUM") return static_cast<float>((x > 0) - (x < 0));
    if (operation_ == "SUMSQ") return 2 * x;
    return 1;
  }

  std::string_view operation_;
  float coeff_;
  int64_t rows_ = 0, length_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_reduction(const model::Message& spec) { return std::make_unique<Reduction>(spec); }

}  // namespace deepvis
