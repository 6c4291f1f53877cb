// Which part of each blob a unit at one position depends on.
//
// A unit of a convolutional blob sees a window of the blob below, that window one of the blob below that, and so on
// down to a part of the input: its receptive field. All else need not be computed.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "layers/layer.hpp"
#include "net/graph.hpp"

namespace deepvis {

// Rows and columns of a blob.
struct Box {
  int64_t top = 0, left = 0, height = 0, width = 0;

  int64_t bottom() const { return top + height; }
  int64_t right() const { return left + width; }
  int64_t area() const { return height * width; }
  bool operator==(const Box&) const = default;
};

// The whole of a blob; one that has no positions has a box of 1 × 1.
Box whole_box(const Shape& shape);

struct ConePlan {
  std::vector<bool> nodes;                       // which layers run
  std::vector<Box> boxes;                        // by value: the part that is computed
  std::vector<std::vector<Box>> seen;            // by node and bottom: the part that this layer takes of it
  std::vector<std::optional<WindowCrop>> crops;  // by node
  std::vector<Shape> wholes;                     // by value: the shape of all of it
  int unit_node = -1;                            // the layer that computes one channel only, if one can
  int64_t unit_channel = 0;                      // which
  std::vector<bool> one_channel;                 // by value: it holds that channel only

  // Whether two cones differ in nothing but where they lie and which channel they lead to.
  bool same_shape_as(const ConePlan& other, const Graph& graph) const;
};

// The cone of `where`, a part of the value `target`. With `channel`, only that one is wanted, and the layer that makes
// it leaves out the others if it can.
ConePlan plan_cone(const Graph& graph, const std::vector<std::unique_ptr<Layer>>& layers,
                   const std::vector<Shape>& shapes, int target, const Box& where, std::optional<int64_t> channel);

}  // namespace deepvis
