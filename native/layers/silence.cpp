// Silence: takes blobs that nothing else uses, so that they are not outputs of the net.
#include <algorithm>

#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Silence final : public Layer {
 public:
  using Layer::Layer;

  void forward(const ForwardPass&) override {}
  void backward(const BackwardPass&) override {}
  bool has_backward() const override { return false; }
  Needs needs() const override { return {}; }

 protected:
  Arity arity() const override { return {.max_bottoms = kAny, .min_tops = 0, .max_tops = 0}; }
  std::vector<Shape> infer(std::span<const Shape>, size_t) override { return {}; }
};

}  // namespace

std::unique_ptr<Layer> make_silence(const model::Message& spec) { return std::make_unique<Silence>(spec); }

}  // namespace deepvis
