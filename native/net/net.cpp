// Building a net: layers, shapes and parameters. What its memory is used for is in storage.cpp, running it in
// passes.cpp.
#include "net/net.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "net/cone.hpp"
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
  if (options_.keep) {
    for (const std::string& name : *options_.keep) graph_.blob(name);  // throws where there is none
  }
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
    shapes[blob_name(input)] = shape(input);
  }
  copy->reshape(shapes);
  copy->params_ = params_;
  copy->loaded_ = loaded_;
  copy->load_notes_ = load_notes_;
  return copy;
}

void Net::make_layers() {
  for (const model::Message& spec : definition_->layers) {
    layers_.push_back(make_layer(spec));
    layers_.back()->use(options_.kernels);
  }
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
      const Shape& held = params_[node][i].shape;
      if (specs[i].shape != held) {
        layers_[node]->fail<ShapeError>("this input size would need weights of shape " + specs[i].shape.str() +
                                        ", and they have " + held.str());
      }
    }
  }
}

void Net::make_params() {
  int64_t total = 0;
  std::map<std::string, OwnParameter, std::less<>> shared;  // parameters that several layers name
  for (size_t node = 0; node < layers_.size(); ++node) {
    const model::Message& spec = definition_->layers[node];
    std::vector<OwnParameter> params;
    const std::vector<ParamSpec> specs = layers_[node]->param_specs();
    for (size_t i = 0; i < specs.size(); ++i) {
      const std::string name(i < spec.size("param") ? spec.message("param", i).text("name") : "");
      if (const auto found = shared.find(name); !name.empty() && found != shared.end()) {
        if (found->second.shape.count() != specs[i].shape.count()) {
          layers_[node]->fail<ShapeError>("shares the parameter '" + name + "' of shape " + found->second.shape.str() +
                                          ", but needs " + specs[i].shape.str());
        }
        params.push_back({specs[i].shape, found->second.values});
        continue;
      }
      account(total, specs[i].shape, 1, options_.memory_limit, layers_[node]->describe());
      params.push_back({specs[i].shape, std::make_shared<Parameter>(specs[i].shape)});
      if (!name.empty()) shared.emplace(name, params.back());
    }
    loaded_.emplace_back(params.size(), false);
    params_.push_back(std::move(params));
  }
}

std::vector<std::string> Net::notes() const {
  std::vector<std::string> all = definition_->notes;
  all.insert(all.end(), load_notes_.begin(), load_notes_.end());
  return all;
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
