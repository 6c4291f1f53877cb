#include "net/names.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "net/suggest.hpp"

namespace deepvis {

namespace {

// A layer or blob, or else an error that knows both.
[[noreturn]] void unknown(const Graph& graph, std::string_view name) {
  std::vector<std::string_view> known;
  for (const Graph::Blob& blob : graph.blobs()) known.push_back(blob.name);
  for (const Graph::Node& node : graph.nodes()) {
    if (graph.find_blob(node.name) < 0) known.push_back(node.name);
  }
  throw UnknownNameError("no blob or layer '" + std::string(name) + "' in this net" + did_you_mean(name, known));
}

const Graph::Node& layer(const Graph& graph, std::string_view name) {
  const int index = graph.find_layer(name);
  if (index < 0) unknown(graph, name);
  return graph.nodes()[static_cast<size_t>(index)];
}

}  // namespace

std::vector<int> forward_targets(const Graph& graph, std::string_view name) {
  if (const int blob = graph.find_blob(name); blob >= 0) return {graph.last_value(blob)};
  return layer(graph, name).tops;
}

std::vector<int> forward_givens(const Graph& graph, std::string_view name) {
  if (const int blob = graph.find_blob(name); blob >= 0) return {graph.last_value(blob)};
  return layer(graph, name).bottoms;
}

int backward_start(const Graph& graph, std::string_view name) {
  const int blob = graph.find_blob(name);
  const int node = graph.find_layer(name);
  if (node >= 0) {
    const std::vector<int>& tops = graph.nodes()[static_cast<size_t>(node)].tops;
    const auto named = std::find_if(tops.begin(), tops.end(),
                                    [&](int top) { return graph.values()[static_cast<size_t>(top)].blob == blob; });
    if (named != tops.end()) return *named;
    if (blob < 0 && tops.size() == 1) return tops.front();
    if (blob < 0) {
      throw UnknownNameError("layer '" + std::string(name) + "' has " + std::to_string(tops.size()) +
                             " tops; name the blob to start from");
    }
  }
  if (blob < 0) unknown(graph, name);
  return graph.first_value(blob);
}

}  // namespace deepvis
