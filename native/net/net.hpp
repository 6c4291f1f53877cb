// A net that can be run: layers, their weights, the blobs between them, and passes forward and backward.
//
// Not thread-safe: one thread at a time may use a Net; clones share weights and are otherwise independent.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "layers/layer.hpp"
#include "model/files.hpp"
#include "net/definition.hpp"
#include "net/graph.hpp"
#include "net/receptive_field.hpp"

namespace deepvis {

class Net {
 public:
  // 4 GiB: what all blobs of a net, with their signals, may take. CaffeNet takes 13 MB an image.
  static constexpr int64_t kDefaultMemoryLimit = int64_t{4} << 30;

  struct Options {
    InputShapes input_shapes;
    uint64_t seed = 0;                           // for fillers
    int64_t memory_limit = kDefaultMemoryLimit;  // bytes, for the blobs and again for the weights
  };

  // `net` is an upgraded NetParameter. Weights are zero until load() or fill().
  Net(const model::Message& net, const Options& options);

  // A net of its own that shares this one's weights.
  std::unique_ptr<Net> clone() const;

  const std::string& name() const { return definition_->name; }
  const Graph& graph() const { return graph_; }
  const Layer& layer(int node) const { return *layers_[static_cast<size_t>(node)]; }
  // What was left out or ignored on loading.
  std::vector<std::string> notes() const;
  // Blobs that the caller fills, and blobs that no layer takes.
  const std::vector<int>& inputs() const { return inputs_; }
  bool is_input(int value) const;
  std::vector<int> outputs() const;
  std::vector<ReceptiveField> receptive_fields() const;  // by value

  // Weights. Copying by layer name: layers of the file that this net lacks are left, with a note.
  // Throws ShapeError for a blob whose shape is not the layer's, FormatError for a wrong number of blobs.
  void load(const std::vector<model::LayerWeights>& weights, const std::string& source);
  // Fills every parameter that was not loaded, as the file's fillers say.
  void fill();
  const std::vector<Tensor>& params(int node) const { return params_[static_cast<size_t>(node)]; }
  std::vector<Tensor>& params(int node) { return params_[static_cast<size_t>(node)]; }
  // Parameters by layer name, and taking over those of another net: layers of the same name then hold the same numbers.
  // Throws ShapeError, leaving the net as it was, where such layers' parameters differ in shape.
  using ParamsByLayer = std::map<std::string, std::vector<Tensor>>;
  ParamsByLayer params_by_layer() const;
  void share_params(const ParamsByLayer& params);
  // This net's layers with their weights, as a NetParameter.
  model::Message to_message() const;

  // Shapes. Inputs not named keep theirs. On an error the net stays as it was.
  const Shape& shape(int value) const { return shapes_[static_cast<size_t>(value)]; }
  void reshape(const InputShapes& input_shapes);

  // The value a blob shows: of an input what the caller gave, else what was made last.
  int current_value(int blob) const;
  // The numbers of a value; zero until a pass writes them. In-place values may share them.
  Tensor& data(int value);
  // The numbers of an input changed, so everything above it is out of date.
  void touch_input(int value);

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
  // The last backward pass's signal at a value; null when the pass did not reach it.
  const Tensor* diff(int value) const;

 private:
  Net(std::shared_ptr<const Definition> definition, Options options);
  void make_layers();
  void infer_shapes();
  void make_params();
  void plan_storage();
  ConstView view(int value, bool wanted);
  void run_forward(int node);
  void check_fresh(int node) const;
  void run_backward(int node, const std::vector<bool>& on_path, std::vector<bool>& written, Rule rule);

  std::shared_ptr<const Definition> definition_;
  Options options_;
  Graph graph_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::vector<Tensor>> params_;  // by node
  std::vector<std::vector<bool>> loaded_;    // by node: which parameters need no filler
  std::vector<std::string> load_notes_;
  std::vector<int> inputs_;

  std::vector<Shape> shapes_;     // by value
  std::vector<int> slots_;        // by value: which of storage_ holds its numbers
  std::vector<Tensor> storage_;   // made on first use
  std::vector<Tensor> diffs_;     // by value; made on first use
  std::vector<bool> diff_valid_;  // by value: written by the last backward pass
  std::vector<uint64_t> stamps_;  // by value: when its numbers were made; 0: never
  uint64_t clock_ = 0;
};

}  // namespace deepvis
