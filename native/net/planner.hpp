// Which layers a pass must run: those on a path from where it starts to where it ends, and no others.
#pragma once

#include <vector>

#include "net/graph.hpp"

namespace deepvis {

// The layers, in order, that make `targets` out of `given` (values taken as they stand) and the net's inputs.
std::vector<int> plan_forward(const Graph& graph, const std::vector<int>& given, const std::vector<int>& targets);

struct BackwardPlan {
  std::vector<int> layers;    // in the order they run, last first
  std::vector<bool> on_path;  // by value: whether the pass's signal reaches it and leads to an end
};

// The layers that carry signals at the values `seeds` (each as its maker made it) down to the values `ends`. Every
// layer on a path runs; only values that lead to an end get a signal.
BackwardPlan plan_backward(const Graph& graph, const std::vector<int>& seeds, const std::vector<int>& ends);

}  // namespace deepvis
