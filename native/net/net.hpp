// A net that can be run: layers, their weights, the blobs between them, and passes forward and backward.
//
// Not thread-safe: one thread at a time may use a Net; clones share weights and are otherwise independent.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "layers/layer.hpp"
#include "model/files.hpp"
#include "net/blob_store.hpp"
#include "net/cone_plan.hpp"
#include "net/definition.hpp"
#include "net/graph.hpp"
#include "net/memory_plan.hpp"
#include "net/planner.hpp"
#include "net/receptive_field.hpp"

namespace deepvis {

class Cone;

class Net {
 public:
  // 4 GiB: what all blobs of a net, with their signals, may take. CaffeNet takes 13 MB an image.
  static constexpr int64_t kDefaultMemoryLimit = int64_t{4} << 30;

  struct Options {
    InputShapes input_shapes;
    uint64_t seed = 0;                           // for fillers
    int64_t memory_limit = kDefaultMemoryLimit;  // bytes, for the blobs and again for the weights
    KernelOptions kernels;
    // Names of the blobs that can be looked at after a pass, besides inputs and outputs; none given: all. The others
    // share memory.
    std::optional<std::set<std::string>> keep;
    bool backward = true;  // whether to keep what a backward pass needs
  };

  // `net` is an upgraded NetParameter. Weights are zero until load() or fill().
  Net(const model::Message& net, const Options& options);

  // A net of its own that shares this one's weights.
  std::unique_ptr<Net> clone() const;
  ~Net();

  const std::string& name() const { return definition_->name; }
  const Options& options() const { return options_; }
  const Graph& graph() const { return graph_; }
  const Layer& layer(int node) const { return *layers_[static_cast<size_t>(node)]; }
  // What was left out or ignored on loading.
  std::vector<std::string> notes() const;
  // Blobs that the caller fills, and blobs that no layer takes.
  const std::vector<int>& inputs() const { return inputs_; }
  bool is_input(int value) const;
  std::vector<int> outputs() const;
  std::vector<ReceptiveField> receptive_fields() const;  // by value

  // Weights (weights.cpp). Copying by layer name: layers of the file that this net lacks are left, with a note. What a
  // file holds is read when a pass first needs it.
  // Throws ShapeError for a blob whose shape is not the layer's, FormatError for a wrong number of blobs.
  void load(const std::vector<model::LayerWeights>& weights, const std::string& source);
  // Fills every parameter that was not loaded, as the file's fillers say.
  void fill();
  const std::vector<OwnParameter>& params(int node) const { return params_[static_cast<size_t>(node)]; }
  // Parameters by layer name, and taking over those of another net: layers of the same name then hold the same numbers.
  // Throws ShapeError, leaving the net as it was, where such layers' parameters differ in shape.
  using ParamsByLayer = std::map<std::string, std::vector<OwnParameter>>;
  ParamsByLayer params_by_layer() const;
  void share_params(const ParamsByLayer& params);
  // This net's layers with their weights, as a NetParameter.
  model::Message to_message() const;

  // Shapes. Inputs not named keep theirs. On an error the net stays as it was.
  const Shape& shape(int value) const { return shapes_[static_cast<size_t>(value)]; }
  void reshape(const InputShapes& input_shapes);

  // Passes (passes.cpp).

  // Of the blob that it is a value of.
  const std::string& blob_name(int value) const;
  // The value a blob shows: of an input what the caller gave, else what was made last.
  int current_value(int blob) const;
  // The numbers of a value, plain, to look at and write to; zero until a pass makes them. In-place values may share
  // them. Throws StateError for a blob that is not kept.
  Tensor& data(int value);
  // Copies them.
  void copy_data(int value, std::span<float> into);
  // Gives a value its numbers; everything above it is then out of date.
  void set_data(int value, std::span<const float> numbers);

  // Runs the layers [first, last] in order.
  void forward_range(int first, int last);
  // Makes `targets`, running the layers that lead to them from `given` and the inputs.
  void forward_to(const std::vector<int>& given, const std::vector<int>& targets);

  struct Seed {
    int value;  // as its maker made it, so below any in-place layer after that
    Tensor signal;
  };
  // Carries the seeds down to `ends`. Throws StateError where the forward values that this needs are missing or older
  // than those below them; ShapeError for a seed that does not fit.
  void backward(const std::vector<Seed>& seeds, const std::vector<int>& ends, Rule rule);
  // The last backward pass's signal at a value; null when the pass did not reach it. Throws StateError for a blob that
  // is not kept.
  Tensor* diff(int value);

  // The cone of a unit, the part of this net that leads to it: see net/cone.hpp. Made for the asking; the last one is
  // kept, and used again where it fits. Throws UnknownNameError for a position that the value does not have.
  Cone& cone(int target, int64_t y, int64_t x, std::optional<int64_t> channel) {
    return cone(cone_, target, y, x, channel);
  }
  // As backward() with a seed of 1 at one position, each image's channel its own, down to the inputs; but carries it
  // through the unit's cone alone, over the last forward pass's values, where that is less work.
  void backward_from_position(int start, const std::vector<int64_t>& channels, int64_t y, int64_t x, Rule rule);

  // What the last forward pass ran, and the last backward pass.
  struct Run {
    int node;
    bool fused;  // done by the layer before it
    std::chrono::nanoseconds time;
  };
  const std::vector<Run>& forward_runs() const { return forward_runs_; }
  const std::vector<Run>& backward_runs() const { return backward_runs_; }
  // How often a blob or signal was moved from one layout to the other, since the net was made or reshaped.
  int64_t reorders() const { return blobs_.reorders() + signals_.reorders(); }
  // Bytes of blobs and signals.
  int64_t blob_bytes() const { return blobs_.bytes() + signals_.bytes(); }

 private:
  friend class Cone;
  Net(std::shared_ptr<const Definition> definition, Options options);
  // A net that computes the part of `full` that the plan names.
  Net(const Net& full, ConePlan plan);
  bool runs(int node) const { return !part_ || part_->nodes[static_cast<size_t>(node)]; }
  void infer_part();
  void check_backward(const BackwardPlan& plan) const;
  Cone& cone(std::unique_ptr<Cone>& kept, int target, int64_t y, int64_t x, std::optional<int64_t> channel);
  void show_part_signal(int value);
  void make_layers();
  void infer_shapes();
  void make_params();
  void plan_storage();
  void plan_slots();
  void plan_fusion();
  void plan_masks();
  std::vector<Lifetime> blob_lifetimes(int slots) const;
  std::vector<Lifetime> signal_lifetimes(int slots) const;
  bool is_kept(int value) const;
  bool needed_for_backward(int value) const;
  bool signal_is_seen(int value) const;

  int slot(int value) const { return slots_[static_cast<size_t>(value)]; }
  int signal_slot(int value) const { return signal_slots_[static_cast<size_t>(value)]; }
  Layout layout(int node) const { return layouts_[static_cast<size_t>(node)]; }
  ConstView view(int value, Layout layout, bool wanted);
  ConstView bottom_view(int node, size_t bottom, bool wanted);
  std::optional<Box> part_of_bottom(int node, size_t bottom) const;
  void run_forward(const std::vector<int>& nodes, const std::vector<int>& targets);
  void run_layer(int node, int top, cpu::Clamp clamp);
  void fill_source(int value);
  void check_fresh(int node) const;
  void run_backward(int node, const std::vector<bool>& on_path, std::vector<bool>& written, Rule rule);
  float* scratch(size_t index, int64_t count);
  [[noreturn]] void not_kept(int value) const;

  std::shared_ptr<const Definition> definition_;
  Options options_;
  Graph graph_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::vector<OwnParameter>> params_;  // by node
  std::vector<std::vector<bool>> loaded_;          // by node: which parameters need no filler
  std::vector<std::string> load_notes_;
  std::vector<int> inputs_;

  std::optional<ConePlan> part_;                 // of a cone
  std::vector<std::vector<Shape>> seen_shapes_;  // of a cone: by node and bottom, the shape of the part that it takes
  std::unique_ptr<Cone> cone_;                   // the last one asked for
  std::unique_ptr<Cone> backward_cone_;          // that backward_from_position() used last
  std::vector<bool> cone_signals_;               // by value: its signal is the cone's, not yet put in its place

  std::vector<Shape> shapes_;            // by value
  std::vector<Layout> layouts_;          // by node: of what it takes and makes
  std::vector<std::vector<int>> fused_;  // by node: the clamping layers after it that it can do itself
  std::vector<bool> masked_;             // by node: only what a ReLU below it lets through is wanted of its signal
  std::vector<int> slots_;               // by value: which of blobs_ holds its numbers
  std::vector<int> signal_slots_;        // by value: which of signals_ holds its signal
  BlobStore blobs_, signals_;
  std::vector<bool> filled_;      // by value: a source's numbers are there
  std::vector<bool> diff_valid_;  // by value: written by the last backward pass
  std::vector<uint64_t> stamps_;  // by value: when its numbers were made; 0: never
  uint64_t clock_ = 0;
  std::vector<Tensor> scratch_;
  std::vector<Run> forward_runs_, backward_runs_;
};

}  // namespace deepvis
