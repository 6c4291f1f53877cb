#include "net/planner.hpp"

#include <algorithm>

namespace deepvis {

std::vector<int> plan_forward(const Graph& graph, const std::vector<int>& given, const std::vector<int>& targets) {
  std::vector<bool> known(graph.values().size(), false);
  for (const int value : given) known[static_cast<size_t>(value)] = true;
  std::vector<bool> runs(graph.nodes().size(), false);
  std::vector<int> wanted;
  for (const int target : targets) {
    if (!known[static_cast<size_t>(target)]) wanted.push_back(target);
  }
  while (!wanted.empty()) {
    const int node = graph.values()[static_cast<size_t>(wanted.back())].producer;
    wanted.pop_back();
    if (runs[static_cast<size_t>(node)]) continue;
    runs[static_cast<size_t>(node)] = true;
    for (const int bottom : graph.nodes()[static_cast<size_t>(node)].bottoms) {
      if (!known[static_cast<size_t>(bottom)]) wanted.push_back(bottom);
    }
  }
  std::vector<int> layers;
  for (size_t node = 0; node < runs.size(); ++node) {
    if (runs[node]) layers.push_back(static_cast<int>(node));
  }
  return layers;
}

BackwardPlan plan_backward(const Graph& graph, const std::vector<int>& seeds, const std::vector<int>& ends) {
  const auto& nodes = graph.nodes();
  // Values that lie on a way up from an end. Nodes stand in topological order, so one sweep finds them all.
  std::vector<bool> above_end(graph.values().size(), false);
  for (const int end : ends) above_end[static_cast<size_t>(end)] = true;
  for (const Graph::Node& node : nodes) {
    const bool reached = std::any_of(node.bottoms.begin(), node.bottoms.end(),
                                     [&](int bottom) { return above_end[static_cast<size_t>(bottom)]; });
    if (!reached) continue;
    for (const int top : node.tops) above_end[static_cast<size_t>(top)] = true;
  }
  BackwardPlan plan{.layers = {}, .on_path = std::vector<bool>(graph.values().size(), false)};
  for (const int seed : seeds) {
    plan.on_path[static_cast<size_t>(seed)] = above_end[static_cast<size_t>(seed)];
  }
  for (size_t index = nodes.size(); index-- > 0;) {
    const Graph::Node& node = nodes[index];
    const bool has_signal = std::any_of(node.tops.begin(), node.tops.end(),
                                        [&](int top) { return plan.on_path[static_cast<size_t>(top)]; });
    if (!has_signal) continue;
    bool leads_on = false;
    for (const int bottom : node.bottoms) {
      if (!above_end[static_cast<size_t>(bottom)]) continue;
      plan.on_path[static_cast<size_t>(bottom)] = true;
      leads_on = true;
    }
    if (leads_on) plan.layers.push_back(static_cast<int>(index));
  }
  return plan;
}

}  // namespace deepvis
