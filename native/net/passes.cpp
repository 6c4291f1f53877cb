// Running a net: forward over layers, backward along a plan.
#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "net/fillers.hpp"
#include "net/net.hpp"
#include "net/planner.hpp"

namespace deepvis {

Tensor& Net::data(int value) {
  Tensor& tensor = storage_[static_cast<size_t>(slots_[static_cast<size_t>(value)])];
  if (!tensor.allocated()) {
    tensor = Tensor(shape(value));
    const int node = graph_.values()[static_cast<size_t>(value)].producer;
    const std::vector<int>& tops = graph_.nodes()[static_cast<size_t>(node)].tops;
    const auto top = static_cast<size_t>(std::find(tops.begin(), tops.end(), value) - tops.begin());
    if (const model::Message* filler = layer(node).top_filler(top)) {
      deepvis::fill(tensor, *filler, options_.seed, layer(node).describe());
    }
  }
  return tensor;
}

void Net::touch_input(int value) { stamps_[static_cast<size_t>(value)] = ++clock_; }

ConstView Net::view(int value, bool wanted) {
  return {&shapes_[static_cast<size_t>(value)], wanted ? data(value).data() : nullptr};
}

void Net::run_forward(int node) {
  const Graph::Node& links = graph_.nodes()[static_cast<size_t>(node)];
  std::vector<ConstView> bottoms;
  std::vector<View> tops;
  std::vector<ConstView> params;
  for (const int bottom : links.bottoms) bottoms.push_back(view(bottom, true));
  for (const int top : links.tops) tops.push_back({&shapes_[static_cast<size_t>(top)], data(top).data()});
  for (const Tensor& param : params_[static_cast<size_t>(node)]) params.push_back({&param.shape(), param.data()});
  layers_[static_cast<size_t>(node)]->forward({bottoms, tops, params});
  // An input's stamp is set by whoever fills it.
  for (const int top : links.tops) {
    if (!links.bottoms.empty() || stamps_[static_cast<size_t>(top)] == 0) stamps_[static_cast<size_t>(top)] = ++clock_;
  }
}

void Net::forward_range(int first, int last) {
  for (int node = first; node <= last; ++node) run_forward(node);
}

void Net::forward_to(const std::vector<int>& given, const std::vector<int>& targets) {
  for (const int node : plan_forward(graph_, given, targets)) run_forward(node);
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

void Net::run_backward(int node, const std::vector<bool>& on_path, std::vector<bool>& written, Rule rule) {
  const Graph::Node& links = graph_.nodes()[static_cast<size_t>(node)];
  const Layer::Needs needs = layer(node).needs();
  std::vector<ConstView> bottoms;
  std::vector<ConstView> tops;
  std::vector<ConstView> top_diffs;
  std::vector<ConstView> params;
  for (const int bottom : links.bottoms) bottoms.push_back(view(bottom, needs.bottom_data));
  for (const int top : links.tops) {
    tops.push_back(view(top, needs.top_data));
    Tensor& diff = diffs_[static_cast<size_t>(top)];
    if (!diff.allocated()) diff = Tensor(shape(top));
    if (!written[static_cast<size_t>(top)]) std::fill(diff.values().begin(), diff.values().end(), 0.0F);
    top_diffs.push_back({&diff.shape(), diff.data()});
  }
  for (const Tensor& param : params_[static_cast<size_t>(node)]) params.push_back({&param.shape(), param.data()});

  // The first layer to reach a value writes its signal; later ones write aside, and theirs is added.
  std::vector<View> bottom_diffs;
  std::vector<std::pair<int, Tensor>> aside;
  for (const int bottom : links.bottoms) {
    const auto at = static_cast<size_t>(bottom);
    if (!on_path[at]) {
      bottom_diffs.push_back({&shapes_[at], nullptr});
    } else if (written[at]) {
      aside.emplace_back(bottom, Tensor(shape(bottom)));
      bottom_diffs.push_back({&shapes_[at], aside.back().second.data()});
    } else {
      if (!diffs_[at].allocated()) diffs_[at] = Tensor(shape(bottom));
      bottom_diffs.push_back({&shapes_[at], diffs_[at].data()});
      written[at] = true;
    }
  }
  layers_[static_cast<size_t>(node)]->backward({bottoms, tops, top_diffs, bottom_diffs, params, rule});
  for (auto& [bottom, signal] : aside) {
    const std::span<float> sum = diffs_[static_cast<size_t>(bottom)].values();
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += signal.data()[i];
  }
}

void Net::backward(const std::vector<Seed>& seeds, const std::vector<int>& ends, Rule rule) {
  std::vector<int> starts;
  for (const Seed& seed : seeds) {
    if (seed.signal.shape() != shape(seed.value)) {
      const auto blob = static_cast<size_t>(graph_.values()[static_cast<size_t>(seed.value)].blob);
      throw ShapeError("the seed for '" + graph_.blobs()[blob].name + "' must have its shape " +
                       shape(seed.value).str() + ", found " + seed.signal.shape().str());
    }
    starts.push_back(seed.value);
  }
  const BackwardPlan plan = plan_backward(graph_, starts, ends);
  for (const int node : plan.layers) {
    check_fresh(node);
    if (!layer(node).has_backward()) {
      layer(node).fail<StateError>("no signal goes back through a layer of this type");
    }
  }
  std::vector<bool> written(graph_.values().size(), false);
  for (const Seed& seed : seeds) {
    const auto at = static_cast<size_t>(seed.value);
    if (!diffs_[at].allocated()) diffs_[at] = Tensor(shape(seed.value));
    std::memcpy(diffs_[at].data(), seed.signal.data(), diffs_[at].values().size_bytes());
    written[at] = true;
  }
  for (const int node : plan.layers) run_backward(node, plan.on_path, written, rule);
  diff_valid_ = std::move(written);
}

const Tensor* Net::diff(int value) const {
  return diff_valid_[static_cast<size_t>(value)] ? &diffs_[static_cast<size_t>(value)] : nullptr;
}

}  // namespace deepvis
