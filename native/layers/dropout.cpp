// Dropout: in the TEST phase, which is all there is here, the identity.
#include <algorithm>

#include "layers/elementwise.hpp"
#include "layers/layer_types.hpp"

namespace deepvis {

namespace {

class Dropout final : public Elementwise {
 public:
  using Elementwise::Elementwise;

  void forward(const ForwardPass& pass) override {
    if (pass.tops[0].data != pass.bottoms[0].data) map(pass, [](float x) { return x; });
  }

  void backward(const BackwardPass& pass) override {
    std::copy_n(pass.top_diffs[0].data, pass.top_diffs[0].count(), pass.bottom_diffs[0].data);
  }

  bool is_identity() const override { return true; }
  Needs needs() const override { return {}; }
};

}  // namespace

std::unique_ptr<Layer> make_dropout(const model::Message& spec) { return std::make_unique<Dropout>(spec); }

}  // namespace deepvis
