// DummyData: an input whose shape comes from dummy_data_param; its fillers are for training and are not run.
#include "layers/layer_types.hpp"
#include "layers/source.hpp"

namespace deepvis {

namespace {

class DummyData final : public Source {
 public:
  using Source::Source;

 protected:
  std::vector<Shape> infer(std::span<const Shape>, size_t top_count) override {
    const model::Message& own = param("dummy_data_param");
    if (own.has("shape")) return shapes_of(own, top_count);
    // The older form: num, channels, height and width, one value for all tops or one each.
    std::vector<Shape> shapes;
    for (size_t top = 0; top < top_count; ++top) {
      shapes.push_back(
          Shape{value(own, "num", top), value(own, "channels", top), value(own, "height", top), value(own, "width", top)});
    }
    return shapes;
  }

 private:
  int64_t value(const model::Message& own, std::string_view name, size_t top) const {
    const size_t given = own.size(name);
    if (given == 0 || (given > 1 && top >= given)) {
      fail<FormatError>("expected a shape, or " + std::string(name) + " for each top");
    }
    return own.integer(name, given == 1 ? 0 : top);
  }
};

}  // namespace

std::unique_ptr<Layer> make_dummy_data(const model::Message& spec) { return std::make_unique<DummyData>(spec); }

}  // namespace deepvis
