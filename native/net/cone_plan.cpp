#include "net/cone_plan.hpp"

#include <algorithm>

#include "net/planner.hpp"

namespace deepvis {

namespace {

Box span(const Box& a, const Box& b) {
  if (a.area() == 0) return b;
  const int64_t top = std::min(a.top, b.top);
  const int64_t left = std::min(a.left, b.left);
  return {top, left, std::max(a.bottom(), b.bottom()) - top, std::max(a.right(), b.right()) - left};
}

// One axis of what [first, first + count) of a top sees of a bottom of `extent`, and how a crop of that is padded.
struct Seen {
  int64_t first, count;
  int64_t pad, end_pad;
};
Seen seen_of(const AxisWindow& window, int64_t extent, int64_t first, int64_t count) {
  const int64_t begin = first * window.stride - window.pad;
  const int64_t end = (first + count - 1) * window.stride - window.pad + window.extent;
  const int64_t from = std::clamp<int64_t>(begin, 0, extent - 1);
  const int64_t to = std::clamp<int64_t>(end, from + 1, extent);
  // An average counts padding as far as the window reaches, up to the padded border of the whole.
  const int64_t reach = std::max<int64_t>(0, end - to);
  return {from, to - from, from - begin, std::min(reach, extent + window.pad - to)};
}

WindowCrop crop_of(const Box& top, const Seen& rows, const Seen& columns) {
  return {.pad_h = rows.pad,
          .pad_w = columns.pad,
          .end_pad_h = rows.end_pad,
          .end_pad_w = columns.end_pad,
          .height = top.height,
          .width = top.width};
}

bool is_blob_of_positions(const Shape& shape) { return shape.axes() == 4; }

}  // namespace

Box whole_box(const Shape& shape) {
  return is_blob_of_positions(shape) ? Box{0, 0, shape.h(), shape.w()} : Box{0, 0, 1, 1};
}

bool ConePlan::same_shape_as(const ConePlan& other, const Graph& graph) const {
  const auto same_size = [](const Box& a, const Box& b) { return a.height == b.height && a.width == b.width; };
  const auto same_crop = [](const std::optional<WindowCrop>& a, const std::optional<WindowCrop>& b) { return a == b; };
  if (nodes != other.nodes || unit_node != other.unit_node || one_channel != other.one_channel) return false;
  if (!std::equal(boxes.begin(), boxes.end(), other.boxes.begin(), other.boxes.end(), same_size)) return false;
  if (!std::equal(crops.begin(), crops.end(), other.crops.begin(), other.crops.end(), same_crop)) return false;
  // Parts that layers take must lie in the same place of what there is.
  for (size_t node = 0; node < seen.size(); ++node) {
    if (!nodes[node]) continue;
    for (size_t i = 0; i < seen[node].size(); ++i) {
      const auto bottom = static_cast<size_t>(graph.nodes()[node].bottoms[i]);
      const Box& mine = seen[node][i];
      const Box& theirs = other.seen[node][i];
      if (!same_size(mine, theirs) || mine.top - boxes[bottom].top != theirs.top - other.boxes[bottom].top ||
          mine.left - boxes[bottom].left != theirs.left - other.boxes[bottom].left) {
        return false;
      }
    }
  }
  return true;
}

ConePlan plan_cone(const Graph& graph, const std::vector<std::unique_ptr<Layer>>& layers,
                   const std::vector<Shape>& shapes, int target, const Box& where, std::optional<int64_t> channel) {
  ConePlan plan{.nodes = std::vector<bool>(layers.size(), false),
                .boxes = std::vector<Box>(shapes.size()),
                .seen = std::vector<std::vector<Box>>(layers.size()),
                .crops = std::vector<std::optional<WindowCrop>>(layers.size()),
                .wholes = shapes,
                .unit_channel = channel.value_or(0),
                .one_channel = std::vector<bool>(shapes.size(), false)};
  for (const int node : plan_forward(graph, {}, {target})) plan.nodes[static_cast<size_t>(node)] = true;
  plan.boxes[static_cast<size_t>(target)] = where;

  // Last layer first: by the time that a layer's turn comes, all that takes its tops has said what it wants of them.
  for (size_t node = layers.size(); node-- > 0;) {
    if (!plan.nodes[node]) continue;
    const Graph::Node& links = graph.nodes()[node];
    Box top;
    for (const int value : links.tops) top = span(top, plan.boxes[static_cast<size_t>(value)]);
    const bool whole = layers[node]->locality() == Locality::Whole && !links.bottoms.empty();
    for (const int value : links.tops) {
      plan.boxes[static_cast<size_t>(value)] = whole ? whole_box(shapes[static_cast<size_t>(value)]) : top;
    }
    for (size_t i = 0; i < links.bottoms.size(); ++i) {
      const auto bottom = static_cast<size_t>(links.bottoms[i]);
      Box seen = whole_box(shapes[bottom]);
      if (layers[node]->locality() == Locality::Pointwise && is_blob_of_positions(shapes[bottom])) seen = top;
      if (layers[node]->locality() == Locality::Windowed) {
        const Window window = layers[node]->window(i);
        const Seen rows = seen_of(window.h, shapes[bottom].h(), top.top, top.height);
        const Seen columns = seen_of(window.w, shapes[bottom].w(), top.left, top.width);
        seen = {rows.first, columns.first, rows.count, columns.count};
        plan.crops[node] = crop_of(top, rows, columns);
      }
      plan.seen[node].push_back(seen);
      plan.boxes[bottom] = span(plan.boxes[bottom], seen);
    }
  }

  // Down from the unit, as long as a channel depends on that channel alone.
  for (int value = target; channel;) {
    const auto maker = static_cast<size_t>(graph.values()[static_cast<size_t>(value)].producer);
    const Graph::Node& links = graph.nodes()[maker];
    if (layers[maker]->has_units()) plan.unit_node = static_cast<int>(maker);
    if (layers[maker]->has_units() || !layers[maker]->is_channelwise() || links.bottoms.size() != 1) break;
    value = links.bottoms[0];
  }
  for (int value = target; plan.unit_node >= 0;) {
    plan.one_channel[static_cast<size_t>(value)] = true;
    const int maker = graph.values()[static_cast<size_t>(value)].producer;
    if (maker == plan.unit_node) break;
    value = graph.nodes()[static_cast<size_t>(maker)].bottoms[0];
  }
  return plan;
}

}  // namespace deepvis
