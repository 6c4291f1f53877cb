// MVN: each channel (or each image) less its mean and, unless told otherwise, divided by its standard deviation.
#include <vector>

#include "layers/layer_types.hpp"
#include "layers/standardize.hpp"

namespace deepvis {

namespace {

class MVN final : public Layer {
 public:
  explicit MVN(const model::Message& spec)
      : Layer(spec),
        divide_(param("mvn_param").flag("normalize_variance")),
        across_(param("mvn_param").flag("across_channels")),
        eps_(static_cast<float>(param("mvn_param").real("eps"))) {}

  void forward(const ForwardPass& pass) override {
    spreads_.resize(static_cast<size_t>(sets_));
    for (int64_t set = 0; set < sets_; ++set) {
      spreads_[static_cast<size_t>(set)] =
          standardize(runs(set), pass.bottoms[0].data, pass.tops[0].data,
                      [this](float variance) { return divide_ ? std::sqrt(variance) + eps_ : 1.0F; });
    }
  }

  void backward(const BackwardPass& pass) override {
    for (int64_t set = 0; set < sets_; ++set) {
      const float* d = pass.top_diffs[0].data;
      float* out = pass.bottom_diffs[0].data;
      if (divide_) {
        standardize_back(runs(set), pass.tops[0].data, d, spreads_[static_cast<size_t>(set)], out);
      } else {
        standardize(runs(set), d, out, [](float) { return 1.0F; });
      }
    }
  }

  bool keeps_state() const override { return true; }
  Needs needs() const override { return {.top_data = true}; }
  Window window(size_t) const override { return {kWholeAxis, kWholeAxis}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    const int first_within = std::min(across_ ? 1 : 2, bottom.axes());
    sets_ = bottom.count(0, first_within);
    length_ = bottom.count_from(first_within);
    return {bottom};
  }

 private:
  Runs runs(int64_t set) const { return {.start = set * length_, .runs = 1, .length = length_, .step = 0}; }

  bool divide_;
  bool across_;
  float eps_;
  int64_t sets_ = 0, length_ = 0;
  std::vector<float> spreads_;
};

}  // namespace

std::unique_ptr<Layer> make_mvn(const model::Message& spec) { return std::make_unique<MVN>(spec); }

}  // namespace deepvis
