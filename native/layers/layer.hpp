// What a layer is to the net: parameters read once, output shapes worked out from input shapes, a pass forward and a
// pass backward. One file a Caffe layer type; make_layer (registry.cpp) finds the class for a type name.
//
// A layer holds its geometry and the kernels chosen for it; it never holds blobs or weights: those come in with each
// call, so clones can share weights. The reference kernels also keep what their way back needs of the last forward pass
// (max-pooling switches); the fast ones work it out again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/layout.hpp"
#include "core/parameter.hpp"
#include "cpu/clamp.hpp"
#include "cpu/kernel_set.hpp"
#include "model/message.hpp"

namespace deepvis {

// What a backward pass carries down; the three differ in ReLU, and in LRN where asked, and nowhere else.
enum class Rule {
  Gradient,  // the exact derivative
  Deconv,    // Zeiler & Fergus: ReLU passes max(d, 0) whatever the forward value was
  Guided,    // Springenberg et al.: ReLU passes d where both d and the forward value are positive
};

// A blob seen by a kernel: its shape is (N, C, H, W) whatever the layout. `data` is null where the caller neither has
// nor wants the values.
struct View {
  const Shape* shape = nullptr;
  float* data = nullptr;
  int64_t count() const { return shape->count(); }
};
struct ConstView {
  const Shape* shape = nullptr;
  const float* data = nullptr;
  int64_t count() const { return shape->count(); }
};

// One of a layer's own parameters, in the shape that this layer gives it.
struct OwnParameter {
  Shape shape;
  std::shared_ptr<Parameter> values;
  const float* data() const { return values->data(); }
};

// What a net asks of its layers' arithmetic.
struct KernelOptions {
  cpu::KernelSet kernels = cpu::KernelSet::Best;
  bool half_weights = false;  // inner products keep their weights in half precision
};

// How a layer can be run on parts of its blobs.
enum class Locality : uint8_t {
  Whole,      // it cannot: it needs all of its bottoms
  Pointwise,  // a position of its tops sees that position of its bottoms
  Windowed,   // it sees a window, as window() says, and takes a WindowCrop
};

// Padding and output size of a Windowed layer that runs on just the part of its bottom that a part of its top sees.
// Padding is there only where that part touches the border of the whole.
struct WindowCrop {
  int64_t pad_h = 0, pad_w = 0;          // above and to the left
  int64_t end_pad_h = 0, end_pad_w = 0;  // below and to the right, as an average counts it
  int64_t height = 0, width = 0;         // of the top
  bool operator==(const WindowCrop&) const = default;
};

// How a layer wants its blobs laid out.
enum class LayoutRule : uint8_t {
  Plain,         // as the shape says
  ChannelsLast,  // so
  Follow,        // either: all as most of the bottoms are
};

struct ForwardPass {
  std::span<const ConstView> bottoms;
  std::span<const View> tops;  // top 0 may be the same memory as bottom 0 where allows_in_place()
  std::span<const OwnParameter> params;
  Layout layout = Layout::Plain;  // of every bottom and top, as layout_rule() asks
  cpu::Clamp clamp;               // where takes_clamp(): what layers after this one would do to its top
};

struct BackwardPass {
  std::span<const ConstView> bottoms;    // data of the last forward pass, where needs().bottom_data
  std::span<const ConstView> tops;       // likewise, where needs().top_data
  std::span<const ConstView> top_diffs;  // signal arriving; never null
  std::span<const View> bottom_diffs;    // signal to write (not add); null where none is wanted
  std::span<const OwnParameter> params;
  Layout layout = Layout::Plain;
  Rule rule = Rule::Gradient;
  // Where takes_mask(): values of bottom 0's signal are of no use where this is 0 in every image, and may be left 0.
  // Null: all are wanted.
  const float* only_where = nullptr;
};

// Learnable (or stored) values a layer needs, known once its bottoms' shapes are.
struct ParamSpec {
  Shape shape;
  model::Message filler;  // FillerParameter: how to fill it when no weights are given
};

// How one spatial axis of a top sees that axis of a bottom: a top position sees `extent` bottom positions, the
// first at position * stride - pad. A transposed window (Deconvolution) moves the other way round.
struct AxisWindow {
  int64_t extent = 1;
  int64_t stride = 1;
  int64_t pad = 0;
  bool transposed = false;
  bool whole = false;  // every top position sees the whole axis (fully connected, global pooling)
};
struct Window {
  AxisWindow h;
  AxisWindow w;
  bool shape_only = false;  // the bottom gives its shape and no values
};
inline constexpr AxisWindow kWholeAxis{.whole = true};

class Layer {
 public:
  explicit Layer(const model::Message& spec);
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const std::string& name() const { return name_; }
  const std::string& type() const { return type_; }

  // Which kernels to use; called once, before the first reshape().
  void use(const KernelOptions& options) { options_ = options; }

  // For a layer whose locality() is Windowed: from the next reshape() on it runs on parts of its blobs.
  void crop(const WindowCrop& crop) { crop_ = crop; }
  // For a layer where has_units(): from the next reshape() on, its top has one channel, this one of all.
  void select_unit(int64_t channel) { unit_ = channel; }

  // Works out the tops' shapes and chooses the kernels. Called before the first pass and again whenever a bottom's
  // shape changes. Throws ShapeError or FormatError through fail(), FormatError for a wrong number of bottoms or tops.
  std::vector<Shape> reshape(std::span<const Shape> bottoms, size_t top_count);

  // Valid after reshape(). The net refuses a reshape that would change a parameter's shape.
  virtual std::vector<ParamSpec> param_specs() const { return {}; }

  // The FillerParameter for a top that the layer makes out of nothing; null where the caller fills it.
  virtual const model::Message* top_filler(size_t /*top*/) const { return nullptr; }

  virtual void forward(const ForwardPass& pass) = 0;
  virtual void backward(const BackwardPass& pass) = 0;

  // Whether forward may write top 0 over bottom 0. The net does so for an in-place layer that does not need its
  // bottom's values on the way back; else it gives the top memory of its own.
  virtual bool allows_in_place() const { return false; }
  // Whether top 0 always holds just what bottom 0 does, so that one memory serves both whoever reads it.
  virtual bool is_identity() const { return false; }
  struct Needs {
    bool bottom_data = false;
    bool top_data = false;
  };
  // Whether backward may write bottom 0's signal over top 0's.
  virtual bool backward_in_place() const { return false; }
  // Whether backward saves work by leaving out what nobody wants of its bottom's signal.
  virtual bool takes_mask() const { return false; }
  // What backward reads of the last forward pass.
  virtual Needs needs() const { return {true, true}; }
  // Whether backward also reads what the last forward pass left in the layer itself.
  virtual bool keeps_state() const { return false; }
  // False for layers through which no signal can go back (ArgMax, Threshold).
  virtual bool has_backward() const { return true; }

  // Valid after reshape().
  virtual LayoutRule layout_rule() const { return LayoutRule::Plain; }
  // Whether forward can clamp its top on the way, in place of a layer that does nothing else.
  virtual bool takes_clamp() const { return false; }
  // What forward does, if that is clamping its bottom and nothing else.
  virtual std::optional<cpu::Clamp> as_clamp() const { return std::nullopt; }

  virtual Locality locality() const { return Locality::Whole; }
  // Whether each channel of its top depends on that channel of its bottom alone, and on no parameter.
  virtual bool is_channelwise() const { return false; }
  // Whether it can make one of its top's channels by itself.
  virtual bool has_units() const { return false; }
  virtual Window window(size_t bottom) const;
  // Name of the code that does the arithmetic, for `deepvis info`: "reference" for a plain loop where a faster kernel
  // could stand, "plain" where there is nothing to gain.
  virtual std::string_view kernel() const { return "plain"; }
  // Something about this layer under this rule that a user should know, or empty.
  virtual std::string remark(Rule) const { return {}; }

  // Throws E with the place, the layer and `what`.
  template <class E>
  [[noreturn]] void fail(const std::string& what) const {
    throw E(describe() + ": " + what);
  }
  // "deploy.prototxt:12: layer 'conv1' (Convolution)"
  std::string describe() const;

 protected:
  // How many bottoms and tops the layer takes; a maximum of kAny means any number.
  static constexpr int kAny = -1;
  struct Arity {
    int min_bottoms = 1, max_bottoms = 1;
    int min_tops = 1, max_tops = 1;
  };
  virtual Arity arity() const { return {}; }
  virtual std::vector<Shape> infer(std::span<const Shape> bottoms, size_t top_count) = 0;

  // Shape::canonical_axis with this layer named in the error.
  int axis_of(const Shape& shape, int64_t axis) const;
  // The layer's own parameter message, e.g. param("pooling_param").
  const model::Message& param(std::string_view field) const { return spec_.message(field); }
  const model::Message& spec() const { return spec_; }
  const KernelOptions& options() const { return options_; }
  bool fast() const { return options_.kernels != cpu::KernelSet::Reference; }
  const std::optional<WindowCrop>& crop() const { return crop_; }
  std::optional<int64_t> unit() const { return unit_; }

 private:
  void check_count(const char* what, size_t found, int min, int max) const;

  model::Message spec_;
  std::string name_;
  std::string type_;
  KernelOptions options_;
  std::optional<WindowCrop> crop_;
  std::optional<int64_t> unit_;
};

// Throws FormatError naming the layer and the known types when the spec's type is not one of them.
std::unique_ptr<Layer> make_layer(const model::Message& spec);
// All type names make_layer knows, sorted.
std::vector<std::string> known_layer_types();

}  // namespace deepvis
