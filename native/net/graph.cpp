#include "net/graph.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "net/suggest.hpp"

namespace deepvis {

namespace {

std::string place_of(const model::Message& layer) {
  return (layer.place().empty() ? "" : layer.place() + ": ") + "layer '" + std::string(layer.text("name")) + "'";
}

}  // namespace

Graph::Graph(const std::vector<model::Message>& layers) {
  std::map<std::string, int, std::less<>> current;  // blob name → the value it stands for at this layer
  for (const model::Message& layer : layers) {
    const int node_index = static_cast<int>(nodes_.size());
    Node node{.name = std::string(layer.text("name")), .bottoms = {}, .tops = {}};
    for (size_t i = 0; i < layer.size("bottom"); ++i) {
      const std::string_view name = layer.text("bottom", i);
      const auto found = current.find(name);
      if (found == current.end()) {
        std::vector<std::string_view> known;
        for (const auto& [blob_name, value] : current) known.push_back(blob_name);
        throw FormatError(place_of(layer) + ": no layer before it makes its bottom '" + std::string(name) + "'" +
                          did_you_mean(name, known));
      }
      node.bottoms.push_back(found->second);
      values_[static_cast<size_t>(found->second)].consumers.push_back(node_index);
    }
    for (size_t i = 0; i < layer.size("top"); ++i) {
      const std::string name(layer.text("top", i));
      const auto found = current.find(name);
      const bool overwrites = found != current.end();
      if (overwrites && (std::find(node.bottoms.begin(), node.bottoms.end(), found->second) == node.bottoms.end() ||
                         std::find_if(node.tops.begin(), node.tops.end(), [&](int top) {
                           return values_[static_cast<size_t>(top)].blob ==
                                  values_[static_cast<size_t>(found->second)].blob;
                         }) != node.tops.end())) {
        const int maker = values_[static_cast<size_t>(found->second)].producer;
        throw FormatError(place_of(layer) + ": its top '" + name + "' is made by layer '" +
                          (maker == node_index ? node.name : nodes_[static_cast<size_t>(maker)].name) +
                          "' already; give one of them another name");
      }
      int blob = find_blob(name);
      if (blob < 0) {
        blob = static_cast<int>(blobs_.size());
        blobs_.push_back({name, {}});
        blob_index_[name] = blob;
      }
      const int value = static_cast<int>(values_.size());
      values_.push_back({.blob = blob, .producer = node_index, .consumers = {}});
      blobs_[static_cast<size_t>(blob)].values.push_back(value);
      node.tops.push_back(value);
      current[name] = value;
    }
    layer_index_[node.name] = node_index;
    nodes_.push_back(std::move(node));
  }
}

int Graph::find_blob(std::string_view name) const {
  const auto found = blob_index_.find(name);
  return found == blob_index_.end() ? -1 : found->second;
}

int Graph::find_layer(std::string_view name) const {
  const auto found = layer_index_.find(name);
  return found == layer_index_.end() ? -1 : found->second;
}

int Graph::blob(std::string_view name) const {
  const int index = find_blob(name);
  if (index >= 0) return index;
  std::vector<std::string_view> known;
  for (const Blob& candidate : blobs_) known.push_back(candidate.name);
  throw UnknownNameError("no blob '" + std::string(name) + "' in this net" + did_you_mean(name, known));
}

bool Graph::in_place(int node, size_t top) const {
  const Node& layer = nodes_[static_cast<size_t>(node)];
  const int blob = values_[static_cast<size_t>(layer.tops[top])].blob;
  return std::any_of(layer.bottoms.begin(), layer.bottoms.end(),
                     [&](int bottom) { return values_[static_cast<size_t>(bottom)].blob == blob; });
}

}  // namespace deepvis
