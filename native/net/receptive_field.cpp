#include "net/receptive_field.hpp"

#include <algorithm>

namespace deepvis {

namespace {

// The field of a top position that sees `window` of a bottom whose positions have the field `below`.
FieldAxis through(const FieldAxis& below, const AxisWindow& window) {
  if (below.whole || window.whole) return {.whole = true};
  const auto extent = static_cast<double>(window.extent);
  const auto step = static_cast<double>(window.stride);
  const auto pad = static_cast<double>(window.pad);
  if (window.transposed) {
    // Bottom positions from (i + pad - extent + 1) / stride up to (i + pad) / stride.
    return {.size = below.size + (extent - 1) / step * below.stride,
            .stride = below.stride / step,
            .offset = below.offset + (pad - extent + 1) / step * below.stride};
  }
  return {.size = below.size + (extent - 1) * below.stride,
          .stride = below.stride * step,
          .offset = below.offset - pad * below.stride};
}

// The smallest field that holds both. Paths that meet have the same stride, or positions would not correspond.
FieldAxis span(const FieldAxis& a, const FieldAxis& b) {
  if (a.whole || b.whole || a.stride != b.stride) return {.whole = true};
  const double first = std::min(a.offset, b.offset);
  const double last = std::max(a.offset + a.size, b.offset + b.size);
  return {.size = last - first, .stride = a.stride, .offset = first};
}

}  // namespace

std::vector<ReceptiveField> receptive_fields(const Graph& graph, const std::vector<const Layer*>& layers,
                                             const std::vector<Shape>& value_shapes) {
  std::vector<ReceptiveField> fields(graph.values().size());
  double input_h = 1;
  double input_w = 1;
  for (size_t index = 0; index < graph.nodes().size(); ++index) {
    const Graph::Node& node = graph.nodes()[index];
    ReceptiveField field;
    for (size_t i = 0; i < node.bottoms.size(); ++i) {
      const ReceptiveField& below = fields[static_cast<size_t>(node.bottoms[i])];
      const Window window = layers[index]->window(i);
      if (!below.connected || window.shape_only) continue;
      const FieldAxis h = through(below.h, window.h);
      const FieldAxis w = through(below.w, window.w);
      field.h = field.connected ? span(field.h, h) : h;
      field.w = field.connected ? span(field.w, w) : w;
      field.connected = true;
    }
    for (const int top : node.tops) {
      if (node.bottoms.empty()) {
        const Shape& shape = value_shapes[static_cast<size_t>(top)];
        input_h = std::max(input_h, static_cast<double>(shape.h()));
        input_w = std::max(input_w, static_cast<double>(shape.w()));
        field.connected = true;
      }
      fields[static_cast<size_t>(top)] = field;
    }
  }
  for (ReceptiveField& field : fields) {
    if (field.h.whole) field.h = {.size = input_h, .stride = 0, .offset = 0, .whole = true};
    if (field.w.whole) field.w = {.size = input_w, .stride = 0, .offset = 0, .whole = true};
  }
  return fields;
}

}  // namespace deepvis
