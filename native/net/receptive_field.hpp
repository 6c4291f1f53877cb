// Which part of the input each position of a blob sees, for any net.
#pragma once

#include <vector>

#include "layers/layer.hpp"
#include "net/graph.hpp"

namespace deepvis {

// Along one axis, position i of the blob sees the input positions from offset + i·stride on, `size` of them; a negative
// offset reaches into the padding. `whole`: every position sees everything.
struct FieldAxis {
  double size = 1;
  double stride = 1;
  double offset = 0;
  bool whole = false;
};
struct ReceptiveField {
  bool connected = false;  // whether the blob depends on the input at all
  FieldAxis h, w;
};

// The field of every value, as positions of the net's inputs. Where several paths lead down, the field spans them all;
// a size is cut to the input's own where it sees more.
std::vector<ReceptiveField> receptive_fields(const Graph& graph, const std::vector<const Layer*>& layers,
                                             const std::vector<Shape>& value_shapes);

}  // namespace deepvis
