// ArgMax: the indices of the top_k largest values (and the values, if asked), per image or along one axis.
#include <algorithm>
#include <numeric>
#include <vector>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class ArgMax final : public Layer {
 public:
  explicit ArgMax(const model::Message& spec)
      : Layer(spec),
        top_k_(param("argmax_param").integer("top_k")),
        values_(param("argmax_param").flag("out_max_val")),
        along_axis_(param("argmax_param").has("axis")) {
    if (top_k_ < 1) fail<FormatError>("top_k must be at least 1, found " + std::to_string(top_k_));
  }

  void forward(const ForwardPass& pass) override {
    std::vector<int64_t> order(static_cast<size_t>(extent_));
    for (int64_t line = 0; line < outer_ * inner_; ++line) {
      const float* x = pass.bottoms[0].data + line / inner_ * extent_ * inner_ + line % inner_;
      std::iota(order.begin(), order.end(), 0);
      // Caffe sorts (value, index) pairs from the greatest down, so of equal values the later comes first.
      std::partial_sort(order.begin(), order.begin() + top_k_, order.end(), [&](int64_t a, int64_t b) {
        return x[a * inner_] != x[b * inner_] ? x[a * inner_] > x[b * inner_] : a > b;
      });
      for (int64_t rank = 0; rank < top_k_; ++rank) {
        const int64_t chosen = order[static_cast<size_t>(rank)];
        write(pass.tops[0].data, line, rank, static_cast<float>(chosen), x[chosen * inner_]);
      }
    }
  }

  void backward(const BackwardPass&) override {}
  bool has_backward() const override { return false; }
  Needs needs() const override { return {}; }
  Window window(size_t) const override { return {kWholeAxis, kWholeAxis}; }

 protected:
  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const Shape& bottom = bottoms[0];
    const int axis = along_axis_ ? axis_of(bottom, param("argmax_param").integer("axis")) : axis_of(bottom, 1);
    outer_ = bottom.count(0, axis);
    extent_ = along_axis_ ? bottom[axis] : bottom.count_from(axis);
    inner_ = along_axis_ ? bottom.count_from(axis + 1) : 1;
    if (top_k_ > extent_) {
      fail<ShapeError>("top_k " + std::to_string(top_k_) + " is more than the " + std::to_string(extent_) +
                       " values there are");
    }
    if (along_axis_) return {bottom.with(axis, top_k_)};
    std::vector<int64_t> dims(static_cast<size_t>(std::max(bottom.axes(), 3)), 1);
    dims[0] = bottom.n();
    dims[1] = values_ ? 2 : 1;
    dims[2] = top_k_;
    return {Shape(std::move(dims))};
  }

 private:
  void write(float* y, int64_t line, int64_t rank, float index, float value) const {
    if (along_axis_) {
      y[(line / inner_ * top_k_ + rank) * inner_ + line % inner_] = values_ ? value : index;
    } else if (values_) {
      y[2 * line * top_k_ + rank] = index;
      y[(2 * line + 1) * top_k_ + rank] = value;
    } else {
      y[line * top_k_ + rank] = index;
    }
  }

  int64_t top_k_;
  bool values_;
  bool along_axis_;
  int64_t outer_ = 0, extent_ = 0, inner_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_argmax(const model::Message& spec) { return std::make_unique<ArgMax>(spec); }

}  // namespace deepvis
