// Crop: the part of bottom 0 that has the size of bottom 1 along the axes from `axis` on, starting at the offsets.
#include <algorithm>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Crop final : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass& pass) override {
    const float* x = pass.bottoms[0].data;
    float* y = pass.tops[0].data;
    for_each_run([=](int64_t whole, int64_t part, int64_t length) { std::copy_n(x + whole, length, y + part); });
  }

  void backward(const BackwardPass& pass) override {
    // The second bottom gives its size only, so nothing flows to it.
    if (float* nothing = pass.bottom_diffs[1].data) std::fill_n(nothing, pass.bottom_diffs[1].count(), 0.0F);
    float* out = pass.bottom_diffs[0].data;
    if (out == nullptr) return;
    const float* d = pass.top_diffs[0].data;
    std::fill_n(out, pass.bottom_diffs[0].count(), 0.0F);
    for_each_run([=](int64_t whole, int64_t part, int64_t length) { std::copy_n(d + part, length, out + whole); });
  }

  Needs needs() const override { return {}; }

  Window window(size_t bottom) const override {
    if (bottom == 1) return {.h = {}, .w = {}, .shape_only = true};
    return {.h = {.pad = -offset(2)}, .w = {.pad = -offset(3)}};
  }

 protected:
  Arity arity() const override { return {.min_bottoms = 2, .max_bottoms = 2}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t) override {
    const model::Message& own = param("crop_param");
    const Shape& size = bottoms[1];
    whole_ = bottoms[0];
    const int axis = axis_of(whole_, own.integer("axis"));
    if (size.axes() != whole_.axes()) {
      fail<ShapeError>("bottoms must have as many axes, found " + whole_.str() + " and " + size.str());
    }
    const size_t given = own.size("offset");
    if (given > 1 && given != static_cast<size_t>(whole_.axes() - axis)) {
      fail<FormatError>("expected one offset, or one for each axis from " + std::to_string(axis) + " on, found " +
                        std::to_string(given));
    }
    part_ = whole_;
    offsets_.assign(static_cast<size_t>(whole_.axes()), 0);
    for (int i = axis; i < whole_.axes(); ++i) {
      const int64_t start = given == 0 ? 0 : own.integer("offset", given == 1 ? 0 : static_cast<size_t>(i - axis));
      if (start < 0 || start > whole_[i] - size[i]) {
        fail<ShapeError>("offset " + std::to_string(start) + " leaves less than " + std::to_string(size[i]) + " of " +
                         std::to_string(whole_[i]) + " along axis " + std::to_string(i));
      }
      offsets_[static_cast<size_t>(i)] = start;
      part_ = part_.with(i, size[i]);
    }
    return {part_};
  }

 private:
  int64_t offset(size_t axis) const { return axis < offsets_.size() ? offsets_[axis] : 0; }

  // Calls body(index in the whole, index in the part, length) for each contiguous run along the last axis.
  template <class Body>
  void for_each_run(Body body) const {
    const int last = part_.axes() - 1;
    const int64_t length = part_[last];
    for (int64_t run = 0; run < part_.count(0, last); ++run) {
      int64_t rest = run;
      int64_t index = offsets_[static_cast<size_t>(last)];
      for (int axis = last - 1; axis >= 0; --axis) {
        index += (rest % part_[axis] + offsets_[static_cast<size_t>(axis)]) * whole_.count_from(axis + 1);
        rest /= part_[axis];
      }
      body(index, run * length, length);
    }
  }

  Shape whole_, part_;
  std::vector<int64_t> offsets_;
};

}  // namespace

std::unique_ptr<Layer> make_crop(const model::Message& spec) { return std::make_unique<Crop>(spec); }

}  // namespace deepvis
