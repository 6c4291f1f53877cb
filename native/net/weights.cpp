// A net's weights: loading, filling, sharing, saving.
#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "net/cone.hpp"
#include "net/fillers.hpp"
#include "net/net.hpp"

namespace deepvis {

namespace {

// Values of a file, read when they are first wanted.
class StoredValues final : public ValueSource {
 public:
  explicit StoredValues(model::Floats values) : values_(std::move(values)) {}
  void read(int64_t first, std::span<float> into) const override { values_.read(first, into); }

 private:
  model::Floats values_;
};

}  // namespace

void Net::load(const std::vector<model::LayerWeights>& weights, const std::string& source) {
  std::vector<std::string> ignored;
  for (const model::LayerWeights& stored : weights) {
    const int node = graph_.find_layer(stored.layer);
    if (node < 0) {
      ignored.push_back(stored.layer);
      continue;
    }
    const auto at = static_cast<size_t>(node);
    const std::string where = source + ": layer '" + stored.layer + "'";
    if (stored.blobs.size() != params_[at].size()) {
      throw ShapeError(where + " holds " + std::to_string(stored.blobs.size()) + " blobs, and " +
                       layers_[at]->describe() + " takes " + std::to_string(params_[at].size()) +
                       "; are these the weights of another net?");
    }
    for (size_t i = 0; i < stored.blobs.size(); ++i) {
      const Shape& wanted = params_[at][i].shape;
      if (!model::same_weight_shape(stored.blobs[i].shape, wanted)) {
        throw ShapeError(where + ", blob " + std::to_string(i) + " has the shape " + stored.blobs[i].shape.str() +
                         ", and " + layers_[at]->describe() + " takes " + wanted.str() +
                         "; are these the weights of another net?");
      }
    }
  }
  if (!weights.empty() && ignored.size() == weights.size()) {
    throw FormatError(source + ": none of its layers is in this net; are these the weights of another net?");
  }
  // Only now, so that a file that does not fit leaves the net as it was.
  std::set<const Parameter*> loaded;  // for a layer itself, or for one that it shares with
  for (const model::LayerWeights& stored : weights) {
    const int node = graph_.find_layer(stored.layer);
    for (size_t i = 0; node >= 0 && i < stored.blobs.size(); ++i) {
      loaded.insert(params_[static_cast<size_t>(node)][i].values.get());
      params_[static_cast<size_t>(node)][i].values->set_source(std::make_shared<StoredValues>(stored.blobs[i].data));
      loaded_[static_cast<size_t>(node)][i] = true;
    }
  }
  if (!ignored.empty()) {
    std::string note = source + ": weights of layers that this net does not have were left: ";
    for (size_t i = 0; i < ignored.size(); ++i) note += (i > 0 ? ", '" : "'") + ignored[i] + "'";
    load_notes_.push_back(note);
  }
  for (size_t node = 0; node < params_.size(); ++node) {
    const bool missing = std::any_of(params_[node].begin(), params_[node].end(),
                                     [&](const OwnParameter& param) { return !loaded.contains(param.values.get()); });
    if (missing) {
      load_notes_.push_back(layers_[node]->describe() + ": " + source + " has no weights for it");
    }
  }
}

void Net::fill() {
  std::set<const Parameter*> done;
  for (size_t node = 0; node < params_.size(); ++node) {
    for (size_t i = 0; i < params_[node].size(); ++i) {
      if (loaded_[node][i]) done.insert(params_[node][i].values.get());
    }
  }
  for (size_t node = 0; node < params_.size(); ++node) {
    const std::vector<ParamSpec> specs = layers_[node]->param_specs();
    for (size_t i = 0; i < specs.size(); ++i) {
      loaded_[node][i] = true;
      if (!done.insert(params_[node][i].values.get()).second) continue;  // of layers that share one the first fills it
      Tensor values = params_[node][i].values->show().reshaped(params_[node][i].shape);
      deepvis::fill(values, specs[i].filler, options_.seed * 0x9E3779B97F4A7C15U + node * 64 + i,
                    layers_[node]->describe());
    }
  }
}

Net::ParamsByLayer Net::params_by_layer() const {
  ParamsByLayer params;
  for (size_t node = 0; node < params_.size(); ++node) {
    if (!params_[node].empty()) params[graph_.nodes()[node].name] = params_[node];
  }
  return params;
}

void Net::share_params(const ParamsByLayer& params) {
  std::vector<std::vector<OwnParameter>> taken = params_;
  for (size_t node = 0; node < params_.size(); ++node) {
    const auto other = params.find(graph_.nodes()[node].name);
    if (params_[node].empty() || other == params.end()) continue;
    const bool fits = std::equal(params_[node].begin(), params_[node].end(), other->second.begin(), other->second.end(),
                                 [](const OwnParameter& a, const OwnParameter& b) { return a.shape == b.shape; });
    if (!fits) layers_[node]->fail<ShapeError>("the layer of this name to share with has other parameters");
    taken[node] = other->second;
  }
  params_ = std::move(taken);
  cone_.reset();  // they have the parameters of before
  backward_cone_.reset();
}

model::Message Net::to_message() const {
  model::Message net(model::net_parameter());
  net.set_text("name", name());
  for (size_t node = 0; node < layers_.size(); ++node) {
    model::Message layer = definition_->layers[node];
    for (const OwnParameter& param : params_[node]) {
      model::Message& blob = layer.add_message("blobs");
      for (const int64_t dim : param.shape.dims()) blob.mutable_message("shape").add_integer("dim", dim);
      std::vector<float> values(static_cast<size_t>(param.shape.count()));
      param.values->copy_to(0, values);
      blob.set_floats("data", model::Floats(std::move(values)));
    }
    net.add_message("layer", std::move(layer));
  }
  return net;
}

}  // namespace deepvis
