// DummyData: an input whose shape and first values come from dummy_data_param; the caller may put others in.
#include "layers/layer_types.hpp"
#include "layers/source.hpp"

namespace deepvis {

namespace {

class DummyData final : public Source {
 public:
  using Source::Source;

  const model::Message* top_filler(size_t top) const override {
    const model::Message& own = param("dummy_data_param");
    const size_t given = own.size("data_filler");
    if (given == 0) return nullptr;
    return &own.message("data_filler", given == 1 ? 0 : top);
  }

 protected:
  std::vector<Shape> infer(std::span<const Shape>, size_t top_count) override {
    const model::Message& own = param("dummy_data_param");
    if (const size_t fillers = own.size("data_filler"); fillers > 1 && fillers != top_count) {
      fail<FormatError>("expected one data_filler, or one for each of the " + std::to_string(top_count) +
                        " tops, found " + std::to_string(fillers));
    }
    if (own.has("shape")) return shapes_of(own, top_count);
    // The older form: num, channels, height and width, one value for all tops or one each.
    std::vector<Shape> shapes;
    for (size_t top = 0; top < top_count; ++top) {
      shapes.push_back(Shape{value(own, "num", top), value(own, "channels", top), value(own, "height", top),
                             value(own, "width", top)});
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
