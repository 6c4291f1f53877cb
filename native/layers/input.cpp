// Input: blobs that the caller fills.
#include "layers/layer_types.hpp"
#include "layers/source.hpp"

namespace deepvis {

namespace {

class Input final : public Source {
 public:
  using Source::Source;

 protected:
  std::vector<Shape> infer(std::span<const Shape>, size_t top_count) override {
    return shapes_of(param("input_param"), top_count);
  }
};

}  // namespace

std::unique_ptr<Layer> make_input(const model::Message& spec) { return std::make_unique<Input>(spec); }

}  // namespace deepvis
