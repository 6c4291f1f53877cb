// Building a net: layers, shapes, weights and storage. Running it is in passes.cpp.
#include "net/net.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "net/fillers.hpp"

namespace deepvis {

namespace {

// Adds a blob's bytes to a running total; throws LimitError past the limit.
void account(int64_t& total, const Shape& shape, int64_t copies, int64_t limit, const std::string& what) {
  total += shape.count() * static_cast<int64_t>(sizeof(float)) * copies;
  if (total > limit) {
    throw LimitError(what + ": this net needs more than the limit of " + std::to_string(limit) +
                     " bytes; raise memory_limit, or give a smaller input or batch");
  }
}

}  // namespace

Net::Net(const model::Message& net, const Options& options)
    : Net(std::make_shared<const Definition>(inference_definition(net, options.input_shapes)), options) {
  for (const auto& [name, shape] : options_.input_shapes) {
    if (!is_input(graph_.first_value(graph_.blob(name)))) {
      throw UnknownNameError("input_shapes names '" + name + "', which is not an input of this net");
    }
  }
  make_params();
}

Net::Net(std::shared_ptr<const Definition> definition, Options options)
    : definition_(std::move(definition)), options_(std::move(options)), graph_(definition_->layers) {
  make_layers();
  infer_shapes();
  plan_storage();
}

std::unique_ptr<Net> Net::clone() const {
  auto copy = std::unique_ptr<Net>(new Net(definition_, options_));
  InputShapes shapes;
  for (const int input : inputs_) {
    shapes[graph_.blobs()[static_cast<size_t>(graph_.values()[static_cast<size_t>(input)].blob)].name] = shape(input);
  }
  copy->reshape(shapes);
  copy->params_ = params_;
  copy->loaded_ = loaded_;
  copy->load_notes_ = load_notes_;
  return copy;
}

void Net::make_layers() {
  for (const model::Message& spec : definition_->layers) layers_.push_back(make_layer(spec));
  for (const Graph::Node& node : graph_.nodes()) {
    if (node.bottoms.empty()) inputs_.insert(inputs_.end(), node.tops.begin(), node.tops.end());
  }
  shapes_.resize(graph_.values().size());
}

void Net::infer_shapes() {
  int64_t total = 0;
  for (size_t node = 0; node < layers_.size(); ++node) {
    const Graph::Node& links = graph_.nodes()[node];
    // Inputs keep the shapes they were given by a reshape; the layer itself knows only the file's.
    const bool given =
        links.bottoms.empty() && !links.tops.empty() && shapes_[static_cast<size_t>(links.tops.front())].axes() > 0;
    std::vector<Shape> bottoms;
    for (const int bottom : links.bottoms) bottoms.push_back(shape(bottom));
    const std::vector<Shape> tops = given ? std::vector<Shape>{} : layers_[node]->reshape(bottoms, links.tops.size());
    for (size_t top = 0; top < links.tops.size(); ++top) {
      Shape& target = shapes_[static_cast<size_t>(links.tops[top])];
      if (!given) target = tops[top];
      if (target.count() == 0) {  // kernels count on having something to do
        layers_[node]->fail<ShapeError>("top " + std::to_string(top) + " would be empty: its shape is " + target.str());
      }
      // Twice: the numbers and the signal of a backward pass.
      account(total, target, 2, options_.memory_limit, layers_[node]->describe());
    }
    if (params_.empty()) continue;
    const std::vector<ParamSpec> specs = layers_[node]->param_specs();
    for (size_t i = 0; i < specs.size(); ++i) {
      const Shape& held = params_[node][i].shape();
      if (specs[i].shape != held) {
        layers_[node]->fail<ShapeError>("this input size would need weights of shape " + specs[i].shape.str() +
                                        ", and they have " + held.str());
      }
    }
  }
}

void Net::make_params() {
  int64_t total = 0;
  std::map<std::string, Tensor, std::less<>> shared;  // parameters that several layers name
  for (size_t node = 0; node < layers_.size(); ++node) {
    const model::Message& spec = definition_->layers[node];
    std::vector<Tensor> params;
    const std::vector<ParamSpec> specs = layers_[node]->param_specs();
    for (size_t i = 0; i < specs.size(); ++i) {
      const std::string name(i < spec.size("param") ? spec.message("param", i).text("name") : "");
      if (const auto found = shared.find(name); !name.empty() && found != shared.end()) {
        if (found->second.shape().count() != specs[i].shape.count()) {
          layers_[node]->fail<ShapeError>("shares the parameter '" + name + "' of shape " +
                                          found->second.shape().str() + ", but needs " + specs[i].shape.str());
        }
        params.push_back(found->second.reshaped(specs[i].shape));
        continue;
      }
      account(total, specs[i].shape, 1, options_.memory_limit, layers_[node]->describe());
      params.emplace_back(specs[i].shape);
      if (!name.empty()) shared.emplace(name, params.back());
    }
    loaded_.emplace_back(params.size(), false);
    params_.push_back(std::move(params));
  }
}

void Net::plan_storage() {
  const auto& values = graph_.values();
  slots_.assign(values.size(), 0);
  int slots = 0;
  for (size_t node = 0; node < layers_.size(); ++node) {
    const Graph::Node& links = graph_.nodes()[node];
    for (size_t top = 0; top < links.tops.size(); ++top) {
      int& slot = slots_[static_cast<size_t>(links.tops[top])];
      slot = slots++;
      if (top != 0 || !graph_.in_place(static_cast<int>(node), top)) continue;
      // Written over its bottom only if nobody needs the bottom's numbers afterwards.
      const Graph::Value& bottom = values[static_cast<size_t>(links.bottoms[0])];
      const bool maker_needs = layers_[static_cast<size_t>(bottom.producer)]->needs().top_data;
      const bool others_need = std::any_of(bottom.consumers.begin(), bottom.consumers.end(), [&](int consumer) {
        return layers_[static_cast<size_t>(consumer)]->needs().bottom_data;
      });
      const bool overwrites =
          layers_[node]->allows_in_place() && !maker_needs && !others_need && !is_input(links.bottoms[0]);
      if (overwrites || layers_[node]->is_identity()) {
        slot = slots_[static_cast<size_t>(links.bottoms[0])];
      }
    }
  }
  storage_.assign(static_cast<size_t>(slots), Tensor());
  diffs_.assign(values.size(), Tensor());
  diff_valid_.assign(values.size(), false);
  stamps_.assign(values.size(), 0);
}

std::vector<std::string> Net::notes() const {
  std::vector<std::string> all = definition_->notes;
  all.insert(all.end(), load_notes_.begin(), load_notes_.end());
  return all;
}

int Net::current_value(int blob) const {
  const std::vector<int>& values = graph_.blobs()[static_cast<size_t>(blob)].values;
  if (is_input(values.front())) return values.front();
  const auto older = [&](int a, int b) { return stamps_[static_cast<size_t>(a)] <= stamps_[static_cast<size_t>(b)]; };
  return *std::max_element(values.begin(), values.end(), older);
}

bool Net::is_input(int value) const { return std::find(inputs_.begin(), inputs_.end(), value) != inputs_.end(); }

std::vector<int> Net::outputs() const {
  std::vector<int> found;
  for (const Graph::Blob& blob : graph_.blobs()) {
    const int value = blob.values.back();
    if (graph_.values()[static_cast<size_t>(value)].consumers.empty()) found.push_back(value);
  }
  return found;
}

std::vector<ReceptiveField> Net::receptive_fields() const {
  std::vector<const Layer*> layers;
  for (const auto& layer : layers_) layers.push_back(layer.get());
  return deepvis::receptive_fields(graph_, layers, shapes_);
}

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
      const Shape& wanted = params_[at][i].shape();
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
  for (const model::LayerWeights& stored : weights) {
    const int node = graph_.find_layer(stored.layer);
    for (size_t i = 0; node >= 0 && i < stored.blobs.size(); ++i) {
      stored.blobs[i].data.copy_to(params_[static_cast<size_t>(node)][i].values());
      loaded_[static_cast<size_t>(node)][i] = true;
    }
  }
  if (!ignored.empty()) {
    std::string note = source + ": weights of layers that this net does not have were left: ";
    for (size_t i = 0; i < ignored.size(); ++i) note += (i > 0 ? ", '" : "'") + ignored[i] + "'";
    load_notes_.push_back(note);
  }
  for (size_t node = 0; node < params_.size(); ++node) {
    const bool stored = std::any_of(weights.begin(), weights.end(), [&](const model::LayerWeights& layer) {
      return graph_.find_layer(layer.layer) == static_cast<int>(node);
    });
    if (!params_[node].empty() && !stored) {
      load_notes_.push_back(layers_[node]->describe() + ": " + source + " has no weights for it");
    }
  }
}

void Net::fill() {
  for (size_t node = 0; node < params_.size(); ++node) {
    const std::vector<ParamSpec> specs = layers_[node]->param_specs();
    for (size_t i = 0; i < specs.size(); ++i) {
      if (loaded_[node][i]) continue;
      deepvis::fill(params_[node][i], specs[i].filler, options_.seed * 0x9E3779B97F4A7C15U + node * 64 + i,
                    layers_[node]->describe());
      loaded_[node][i] = true;
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
  std::vector<std::vector<Tensor>> taken = params_;
  for (size_t node = 0; node < params_.size(); ++node) {
    const auto other = params.find(graph_.nodes()[node].name);
    if (params_[node].empty() || other == params.end()) continue;
    const bool fits = std::equal(params_[node].begin(), params_[node].end(), other->second.begin(), other->second.end(),
                                 [](const Tensor& a, const Tensor& b) { return a.shape() == b.shape(); });
    if (!fits) layers_[node]->fail<ShapeError>("the layer of this name to share with has other parameters");
    taken[node] = other->second;
  }
  params_ = std::move(taken);
}

model::Message Net::to_message() const {
  model::Message net(model::net_parameter());
  net.set_text("name", name());
  for (size_t node = 0; node < layers_.size(); ++node) {
    model::Message layer = definition_->layers[node];
    for (const Tensor& param : params_[node]) {
      model::Message& blob = layer.add_message("blobs");
      for (const int64_t dim : param.shape().dims()) blob.mutable_message("shape").add_integer("dim", dim);
      blob.set_floats("data", model::Floats(std::as_bytes(param.values()), param.storage()));
    }
    net.add_message("layer", std::move(layer));
  }
  return net;
}

void Net::reshape(const InputShapes& input_shapes) {
  std::vector<Shape> wanted = shapes_;
  for (const auto& [name, new_shape] : input_shapes) {
    const int blob = graph_.blob(name);
    const int value = graph_.first_value(blob);
    if (!is_input(value)) {
      throw UnknownNameError("'" + name + "' is not an input of this net, so it cannot be reshaped");
    }
    wanted[static_cast<size_t>(value)] = new_shape;
  }
  if (wanted == shapes_) return;
  std::swap(wanted, shapes_);
  try {
    infer_shapes();
  } catch (...) {
    shapes_ = std::move(wanted);
    infer_shapes();
    throw;
  }
  plan_storage();
}

}  // namespace deepvis
