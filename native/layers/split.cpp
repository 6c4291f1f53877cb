// Split: copies of one blob. Nets do not need it here, but saved ones carry it.
#include "layers/copying.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Split final : public Copying {
 public:
  using Copying::Copying;

  LayoutRule layout_rule() const override { return LayoutRule::Follow; }
  Locality locality() const override { return Locality::Pointwise; }

 protected:
  Arity arity() const override { return {.max_tops = kAny}; }

  std::vector<Shape> infer(std::span<const Shape> bottoms, size_t top_count) override {
    return std::vector<Shape>(top_count, bottoms[0]);
  }
};

}  // namespace

std::unique_ptr<Layer> make_split(const model::Message& spec) { return std::make_unique<Split>(spec); }

}  // namespace deepvis
