// Running a net: forward over layers, backward along a plan.
#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "cpu/vector/kernels.hpp"
#include "net/box_copy.hpp"
#include "net/fillers.hpp"
#include "net/net.hpp"
#include "net/planner.hpp"

namespace deepvis {

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

const std::string& Net::blob_name(int value) const {
  return graph_.blobs()[static_cast<size_t>(graph_.values()[static_cast<size_t>(value)].blob)].name;
}

void Net::not_kept(int value) const {
  throw StateError("the blob '" + blob_name(value) +
                   "' is not kept: its memory serves others too; name it in `keep` when the net is made");
}

int Net::current_value(int blob) const {
  const std::vector<int>& values = graph_.blobs()[static_cast<size_t>(blob)].values;
  if (is_input(values.front())) return values.front();
  const auto older = [&](int a, int b) { return stamps_[static_cast<size_t>(a)] <= stamps_[static_cast<size_t>(b)]; };
  return *std::max_element(values.begin(), values.end(), older);
}

void Net::fill_source(int value) {
  const int node = graph_.values()[static_cast<size_t>(value)].producer;
  const std::vector<int>& tops = graph_.nodes()[static_cast<size_t>(node)].tops;
  if (filled_[static_cast<size_t>(value)] || !is_input(value)) return;
  const auto top = static_cast<size_t>(std::find(tops.begin(), tops.end(), value) - tops.begin());
  if (const model::Message* filler = layer(node).top_filler(top)) {
    deepvis::fill(blobs_.show(slot(value)), *filler, options_.seed, layer(node).describe());
  }
  filled_[static_cast<size_t>(value)] = true;
}

Tensor& Net::data(int value) {
  fill_source(value);
  if (!is_kept(value)) not_kept(value);
  return blobs_.show(slot(value));
}

void Net::copy_data(int value, std::span<float> into) {
  fill_source(value);
  if (blobs_.lost(slot(value))) not_kept(value);
  std::memcpy(into.data(), blobs_.read(slot(value), Layout::Plain), into.size_bytes());
}

void Net::set_data(int value, std::span<const float> numbers) {
  filled_[static_cast<size_t>(value)] = true;
  const std::vector<int>& consumers = graph_.values()[static_cast<size_t>(value)].consumers;
  blobs_.fill(slot(value), numbers, consumers.empty() ? Layout::Plain : layout(consumers.front()));
  stamps_[static_cast<size_t>(value)] = ++clock_;
}

ConstView Net::view(int value, Layout layout, bool wanted) {
  if (!wanted) return {&shape(value), nullptr};
  fill_source(value);
  if (blobs_.lost(slot(value))) not_kept(value);
  return {&shape(value), blobs_.read(slot(value), layout)};
}

// Of a cone: the part of a bottom that a layer takes, within what there is of it; nothing where that is all.
std::optional<Box> Net::part_of_bottom(int node, size_t bottom) const {
  if (!part_) return std::nullopt;
  const Box& seen = part_->seen[static_cast<size_t>(node)][bottom];
  const Box& there = part_->boxes[static_cast<size_t>(graph_.nodes()[static_cast<size_t>(node)].bottoms[bottom])];
  if (seen == there) return std::nullopt;
  return Box{seen.top - there.top, seen.left - there.left, seen.height, seen.width};
}

ConstView Net::bottom_view(int node, size_t bottom, bool wanted) {
  const int value = graph_.nodes()[static_cast<size_t>(node)].bottoms[bottom];
  const std::optional<Box> part = part_of_bottom(node, bottom);
  if (!part) return view(value, layout(node), wanted);
  const Shape& seen = seen_shapes_[static_cast<size_t>(node)][bottom];
  if (!wanted) return {&seen, nullptr};
  float* taken = scratch(2 * bottom, seen.count());
  take_box(shape(value), layout(node), view(value, layout(node), true).data, *part, taken);
  return {&seen, taken};
}

// Runs one layer. `top` is where its first top goes: its own, or that of the last layer fused into it.
void Net::run_layer(int node, int top, cpu::Clamp clamp) {
  const Graph::Node& links = graph_.nodes()[static_cast<size_t>(node)];
  const Layout here = layout(node);
  std::vector<ConstView> bottoms;
  std::vector<View> tops;
  for (size_t i = 0; i < links.bottoms.size(); ++i) bottoms.push_back(bottom_view(node, i, true));
  for (size_t i = 0; i < links.tops.size(); ++i) {
    const int value = i == 0 ? top : links.tops[i];
    tops.push_back({&shape(value), blobs_.make(slot(value), here)});
  }
  layers_[static_cast<size_t>(node)]->forward(
      {.bottoms = bottoms, .tops = tops, .params = params(node), .layout = here, .clamp = clamp});
}

void Net::run_forward(const std::vector<int>& nodes, const std::vector<int>& targets) {
  const PassThreads threads;
  forward_runs_.clear();
  std::vector<bool> pending(layers_.size(), false);
  for (const int node : nodes) pending[static_cast<size_t>(node)] = true;
  const auto stamp = [&](int node) {
    const Graph::Node& links = graph_.nodes()[static_cast<size_t>(node)];
    // An input's stamp is set by whoever fills it.
    for (const int top : links.tops) {
      if (!links.bottoms.empty() || stamps_[static_cast<size_t>(top)] == 0)
        stamps_[static_cast<size_t>(top)] = ++clock_;
    }
  };
  for (const int node : nodes) {
    if (!pending[static_cast<size_t>(node)]) continue;
    const Graph::Node& links = graph_.nodes()[static_cast<size_t>(node)];
    const auto begun = Clock::now();
    std::vector<int> fused;
    cpu::Clamp clamp;
    int top = links.tops.empty() ? -1 : links.tops[0];
    for (const int next : fused_[static_cast<size_t>(node)]) {
      if (!pending[static_cast<size_t>(next)] || std::find(targets.begin(), targets.end(), top) != targets.end()) break;
      clamp = clamp.then(*layer(next).as_clamp());
      top = graph_.nodes()[static_cast<size_t>(next)].tops[0];
      fused.push_back(next);
    }
    if (links.bottoms.empty()) {
      for (const int source : links.tops) fill_source(source);
    } else {
      run_layer(node, top, clamp);
    }
    stamp(node);
    forward_runs_.push_back({node, false, Clock::now() - begun});
    for (const int next : fused) {
      pending[static_cast<size_t>(next)] = false;
      stamp(next);
      forward_runs_.push_back({next, true, {}});
    }
  }
  blobs_.refresh();
}

void Net::forward_range(int first, int last) {
  std::vector<int> nodes;
  for (int node = first; node <= last; ++node) nodes.push_back(node);
  run_forward(nodes, {});
}

void Net::forward_to(const std::vector<int>& given, const std::vector<int>& targets) {
  run_forward(plan_forward(graph_, given, targets), targets);
}

void Net::check_fresh(int node) const {
  const Graph::Node& links = graph_.nodes()[static_cast<size_t>(node)];
  for (const int top : links.tops) {
    const uint64_t made = stamps_[static_cast<size_t>(top)];
    if (made == 0) {
      layer(node).fail<StateError>(
          "a backward pass needs its forward values, and no forward pass has run it since "
          "the net was made or reshaped; call forward first");
    }
    for (const int bottom : links.bottoms) {
      if (stamps_[static_cast<size_t>(bottom)] > made) {
        layer(node).fail<StateError>(
            "its forward values are older than those below it; run forward up to where the backward pass starts");
      }
    }
  }
}

float* Net::scratch(size_t index, int64_t count) {
  if (scratch_.size() <= index) scratch_.resize(index + 1);
  Tensor& memory = scratch_[index];
  if (!memory.allocated() || memory.shape().count() < count) memory = Tensor(Shape{count});
  return memory.data();
}

void Net::run_backward(int node, const std::vector<bool>& on_path, std::vector<bool>& written, Rule rule) {
  const Graph::Node& links = graph_.nodes()[static_cast<size_t>(node)];
  const Layer::Needs needs = layer(node).needs();
  const Layout here = layout(node);
  std::vector<ConstView> bottoms;
  std::vector<ConstView> tops;
  std::vector<ConstView> top_diffs;
  for (size_t i = 0; i < links.bottoms.size(); ++i) bottoms.push_back(bottom_view(node, i, needs.bottom_data));
  for (const int top : links.tops) {
    tops.push_back(view(top, here, needs.top_data));
    if (!written[static_cast<size_t>(top)]) {
      std::fill_n(signals_.make(signal_slot(top), here), shape(top).count(), 0.0F);
    }
    top_diffs.push_back({&shape(top), signals_.read(signal_slot(top), here)});
  }

  // The first layer to reach a value writes its signal; later ones write aside, and theirs is added. So does one that
  // takes a part only.
  struct Aside {
    int bottom;
    std::optional<Box> part;
    const float* signal;
  };
  std::vector<View> bottom_diffs;
  std::vector<Aside> asides;
  for (size_t i = 0; i < links.bottoms.size(); ++i) {
    const int bottom = links.bottoms[i];
    const auto at = static_cast<size_t>(bottom);
    const std::optional<Box> part = part_of_bottom(node, i);
    const Shape& seen = part ? seen_shapes_[static_cast<size_t>(node)][i] : shape(bottom);
    if (!on_path[at]) {
      bottom_diffs.push_back({&seen, nullptr});
      continue;
    }
    if (!written[at] && !part) {
      bottom_diffs.push_back({&seen, signals_.make(signal_slot(bottom), here)});
    } else {
      if (!written[at]) std::fill_n(signals_.make(signal_slot(bottom), here), shape(bottom).count(), 0.0F);
      float* signal = scratch(2 * i + 1, seen.count());
      asides.push_back({bottom, part, signal});
      bottom_diffs.push_back({&seen, signal});
    }
    written[at] = true;
  }
  const bool masked = masked_[static_cast<size_t>(node)] && rule != Rule::Deconv;
  layers_[static_cast<size_t>(node)]->backward(
      {.bottoms = bottoms,
       .tops = tops,
       .top_diffs = top_diffs,
       .bottom_diffs = bottom_diffs,
       .params = params(node),
       .layout = here,
       .rule = rule,
       .only_where = masked ? view(links.bottoms[0], here, true).data : nullptr});
  for (const Aside& aside : asides) {
    float* sum = signals_.update(signal_slot(aside.bottom), here);
    if (aside.part) {
      add_box(shape(aside.bottom), here, aside.signal, *aside.part, sum);
    } else {
      cpu::vector::kernels().add(shape(aside.bottom).count(), aside.signal, sum);
    }
  }
}

void Net::check_backward(const BackwardPlan& plan) const {
  if (!options_.backward) throw StateError("this net was made with backward=False, for forward passes only");
  for (const int node : plan.layers) {
    check_fresh(node);
    if (!layer(node).has_backward()) {
      layer(node).fail<StateError>("no signal goes back through a layer of this type");
    }
  }
}

void Net::backward(const std::vector<Seed>& seeds, const std::vector<int>& ends, Rule rule) {
  std::vector<int> starts;
  for (const Seed& seed : seeds) {
    if (seed.signal.shape() != shape(seed.value)) {
      throw ShapeError("the seed for '" + blob_name(seed.value) + "' must have its shape " + shape(seed.value).str() +
                       ", found " + seed.signal.shape().str());
    }
    starts.push_back(seed.value);
  }
  const BackwardPlan plan = plan_backward(graph_, starts, ends);
  check_backward(plan);
  const PassThreads threads;
  std::fill(cone_signals_.begin(), cone_signals_.end(), false);
  backward_runs_.clear();
  std::vector<bool> written(graph_.values().size(), false);
  for (const Seed& seed : seeds) {
    std::memcpy(signals_.make(signal_slot(seed.value), Layout::Plain), seed.signal.data(),
                seed.signal.values().size_bytes());
    written[static_cast<size_t>(seed.value)] = true;
  }
  for (const int node : plan.layers) {
    const auto begun = Clock::now();
    run_backward(node, plan.on_path, written, rule);
    backward_runs_.push_back({node, false, Clock::now() - begun});
  }
  diff_valid_ = std::move(written);
  signals_.refresh();
}

Tensor* Net::diff(int value) {
  if (!diff_valid_[static_cast<size_t>(value)]) return nullptr;
  if (!is_kept(value)) not_kept(value);
  if (cone_signals_[static_cast<size_t>(value)]) show_part_signal(value);
  return &signals_.show(signal_slot(value));
}

}  // namespace deepvis
