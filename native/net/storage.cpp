// What a net's memory is used for: layouts, which values share numbers, and which share memory.
#include <algorithm>

#include "net/cone.hpp"
#include "net/net.hpp"

namespace deepvis {

namespace {

// The layout that a layer runs in.
Layout layout_of(const Layer& layer, bool bottom_channels_last) {
  switch (layer.layout_rule()) {
    case LayoutRule::ChannelsLast:
      return Layout::ChannelsLast;
    case LayoutRule::Follow:
      return bottom_channels_last ? Layout::ChannelsLast : Layout::Plain;
    case LayoutRule::Plain:
      break;
  }
  return Layout::Plain;
}

}  // namespace

void Net::plan_storage() {
  const auto& nodes = graph_.nodes();
  layouts_.clear();
  for (size_t node = 0; node < nodes.size(); ++node) {
    if (!runs(static_cast<int>(node))) {
      layouts_.push_back(Layout::Plain);
      continue;
    }
    const bool channels_last = std::any_of(nodes[node].bottoms.begin(), nodes[node].bottoms.end(), [&](int bottom) {
      const int producer = graph_.values()[static_cast<size_t>(bottom)].producer;
      return layout(producer) == Layout::ChannelsLast && !layouts_coincide(shape(bottom));
    });
    layouts_.push_back(layout_of(*layers_[node], channels_last));
  }
  plan_slots();
  plan_fusion();
  plan_masks();
  const size_t values = graph_.values().size();
  filled_.assign(values, false);
  diff_valid_.assign(values, false);
  stamps_.assign(values, 0);
  cone_signals_.assign(values, false);
  cone_.reset();
  backward_cone_.reset();
  scratch_.clear();
  forward_runs_.clear();
  backward_runs_.clear();
}

void Net::plan_slots() {
  const auto& values = graph_.values();
  slots_.assign(values.size(), 0);
  signal_slots_.assign(values.size(), 0);
  std::vector<Shape> shapes;
  std::vector<Shape> signal_shapes;
  for (size_t node = 0; node < layers_.size(); ++node) {
    const Graph::Node& links = graph_.nodes()[node];
    for (size_t top = 0; top < links.tops.size(); ++top) {
      const auto at = static_cast<size_t>(links.tops[top]);
      const int below = links.bottoms.empty() ? -1 : links.bottoms[0];
      const bool in_place = top == 0 && below >= 0 && values[at].blob == values[static_cast<size_t>(below)].blob;
      // Written over its bottom only if nobody needs the bottom's numbers afterwards.
      const bool overwrites =
          in_place && layers_[node]->allows_in_place() && !needed_for_backward(below) && !is_input(below);
      if (overwrites || (in_place && layers_[node]->is_identity())) {
        slots_[at] = slot(below);
      } else {
        slots_[at] = static_cast<int>(shapes.size());
        shapes.push_back(shapes_[at]);
      }
      // Going back, the signal above an in-place layer is nobody's but that layer's.
      if (in_place && layers_[node]->backward_in_place() && values[static_cast<size_t>(below)].consumers.size() == 1) {
        signal_slots_[at] = signal_slot(below);
      } else {
        signal_slots_[at] = static_cast<int>(signal_shapes.size());
        signal_shapes.push_back(shapes_[at]);
      }
    }
  }
  const std::vector<int> buffers = share_buffers(blob_lifetimes(static_cast<int>(shapes.size())));
  const std::vector<int> signal_buffers = share_buffers(signal_lifetimes(static_cast<int>(signal_shapes.size())));
  blobs_.plan(std::move(shapes), buffers);
  signals_.plan(std::move(signal_shapes), signal_buffers);
}

bool Net::is_kept(int value) const {
  if (!options_.keep || is_input(value)) return true;
  return options_.keep->contains(blob_name(value)) || graph_.values()[static_cast<size_t>(value)].consumers.empty();
}

bool Net::needed_for_backward(int value) const {
  const Graph::Value& links = graph_.values()[static_cast<size_t>(value)];
  return layers_[static_cast<size_t>(links.producer)]->needs().top_data ||
         std::any_of(links.consumers.begin(), links.consumers.end(),
                     [&](int consumer) { return layers_[static_cast<size_t>(consumer)]->needs().bottom_data; });
}

std::vector<Lifetime> Net::blob_lifetimes(int slots) const {
  std::vector<Lifetime> lifetimes(static_cast<size_t>(slots), {.first = static_cast<int>(layers_.size())});
  for (size_t i = 0; i < slots_.size(); ++i) {
    const int value = static_cast<int>(i);
    const Graph::Value& links = graph_.values()[i];
    Lifetime& life = lifetimes[static_cast<size_t>(slot(value))];
    life.size = shape(value).count();
    life.first = std::min(life.first, links.producer);
    life.last = std::max({life.last, links.producer, links.consumers.empty() ? 0 : links.consumers.back()});
    life.always = life.always || is_kept(value) || (options_.backward && needed_for_backward(value));
  }
  return lifetimes;
}

// Steps of a backward pass are counted from the last layer down.
std::vector<Lifetime> Net::signal_lifetimes(int slots) const {
  const int last = static_cast<int>(layers_.size()) - 1;
  std::vector<Lifetime> lifetimes(static_cast<size_t>(slots), {.first = last});
  for (size_t i = 0; i < signal_slots_.size(); ++i) {
    const int value = static_cast<int>(i);
    const Graph::Value& links = graph_.values()[i];
    Lifetime& life = lifetimes[static_cast<size_t>(signal_slot(value))];
    life.size = shape(value).count();
    // A pass may start at any value, so its signal is there from the first step on that could write it.
    life.first = std::min(life.first, links.consumers.empty() ? last - links.producer : last - links.consumers.back());
    life.last = std::max(life.last, last - links.producer);
    life.always = life.always || is_kept(value);
  }
  return lifetimes;
}

void Net::plan_fusion() {
  fused_.assign(layers_.size(), {});
  for (size_t node = 0; node < layers_.size(); ++node) {
    if (!layers_[node]->takes_clamp()) continue;
    for (int value = graph_.nodes()[node].tops[0];;) {
      const std::vector<int>& consumers = graph_.values()[static_cast<size_t>(value)].consumers;
      if (consumers.size() != 1) break;
      const auto next = static_cast<size_t>(consumers[0]);
      const Graph::Node& links = graph_.nodes()[next];
      if (!layers_[next]->as_clamp() || links.bottoms.size() != 1 || needed_for_backward(value)) break;
      // What is skipped must not be anybody's to look at.
      if (slot(value) != slot(links.tops[0]) && is_kept(value)) break;
      fused_[node].push_back(static_cast<int>(next));
      value = links.tops[0];
    }
  }
}

bool Net::signal_is_seen(int value) const {
  return is_kept(value) && graph_.first_value(graph_.values()[static_cast<size_t>(value)].blob) == value;
}

// Where a ReLU let nothing through, it lets no gradient back either. If nobody can look at the signals above it, what
// they would be there need not be known.
void Net::plan_masks() {
  masked_.assign(layers_.size(), false);
  for (size_t node = 0; node < layers_.size(); ++node) {
    if (!layers_[node]->takes_mask()) continue;
    for (int value = graph_.nodes()[node].bottoms[0]; !signal_is_seen(value);) {
      const auto below = static_cast<size_t>(graph_.values()[static_cast<size_t>(value)].producer);
      if (layers_[below]->as_clamp() == cpu::Clamp{.low = 0}) masked_[node] = true;
      if (!layers_[below]->is_identity()) break;
      value = graph_.nodes()[below].bottoms[0];
    }
  }
}

}  // namespace deepvis
