// What a user's name for a place in a net means.
#pragma once

#include <string_view>
#include <vector>

#include "net/graph.hpp"

namespace deepvis {

// Where a forward pass ends. A blob: its finished value, after its in-place layers. A layer: the tops as that layer
// makes them. A name that is both means the blob. Throws UnknownNameError.
std::vector<int> forward_targets(const Graph& graph, std::string_view name);

// What a forward pass takes as given. A blob: its finished value. A layer: its bottoms, so that this layer runs first.
std::vector<int> forward_givens(const Graph& graph, std::string_view name);

// The value a backward pass starts from: what the layer of that name makes, as in the classic toolbox; so a pass from
// "conv5" begins below an in-place ReLU behind it, and a pass from "relu5" above. A blob that no layer shares its name
// with stands for the layer that first makes it.
int backward_start(const Graph& graph, std::string_view name);

}  // namespace deepvis
