#include "net/cone.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "net/box_copy.hpp"

namespace deepvis {

Cone::Cone(const Net& full, int target, ConePlan plan) : net_(new Net(full, std::move(plan))), target_(target) {}

bool Cone::fits(int target, const ConePlan& plan) const {
  return target == target_ && plan.same_shape_as(*net_->part_, net_->graph());
}

void Cone::move_to(const ConePlan& plan) {
  ConePlan& own = *net_->part_;
  if (plan.boxes == own.boxes && plan.unit_channel == own.unit_channel) return;
  const bool other_channel = plan.unit_channel != own.unit_channel;
  own = plan;
  if (other_channel && own.unit_node >= 0) {
    const auto node = static_cast<size_t>(own.unit_node);
    net_->layers_[node]->select_unit(own.unit_channel);
    net_->layers_[node]->reshape(net_->seen_shapes_[node], net_->graph().nodes()[node].tops.size());
  }
  // What was computed elsewhere is not to be gone back through.
  std::fill(net_->stamps_.begin(), net_->stamps_.end(), 0);
}

void Cone::set_input(int input, std::span<const float> all) {
  std::vector<float> taken(static_cast<size_t>(net_->shape(input).count()));
  take_box(plan().wholes[static_cast<size_t>(input)], Layout::Plain, all.data(), box(input), taken.data());
  net_->set_data(input, taken);
}

void Cone::forward() { net_->forward_to({}, {target_}); }

std::vector<float> Cone::activations(int value, const std::vector<int64_t>& channels) {
  if (value != target_) {
    const int maker = net_->graph().values()[static_cast<size_t>(value)].producer;
    net_->forward_to(net_->graph().nodes()[static_cast<size_t>(maker)].bottoms, {value});
  }
  std::vector<float> numbers(static_cast<size_t>(net_->shape(value).count()));
  net_->copy_data(value, numbers);
  std::vector<float> activations;
  for (int64_t image = 0; image < net_->shape(value).n(); ++image) {
    activations.push_back(numbers[static_cast<size_t>(place_of(value, image, channels))]);
  }
  return activations;
}

// Of an image's channel among all of a value's numbers, of which there is one position.
int64_t Cone::place_of(int value, int64_t image, const std::vector<int64_t>& channels) const {
  const int64_t channel = plan().one_channel[static_cast<size_t>(value)] ? 0 : channels[static_cast<size_t>(image)];
  return image * net_->shape(value).count_from(1) + channel;
}

void Cone::take_values(Net& full) {
  const uint64_t now = ++net_->clock_;
  for (size_t i = 0; i < net_->shapes_.size(); ++i) {
    const int value = static_cast<int>(i);
    const int maker = net_->graph().values()[i].producer;
    if (!net_->runs(maker)) continue;
    net_->stamps_[i] = now;
    if (!net_->needed_for_backward(value)) continue;
    const Shape& part = net_->shape(value);
    if (plan().one_channel[i]) {
      std::vector<float> all(static_cast<size_t>(part.count() * full.shape(value).c()));
      take_box(full.shape(value), Layout::Plain, full.view(value, Layout::Plain, true).data, plan().boxes[i],
               all.data());
      float* own = net_->blobs_.make(net_->slot(value), Layout::Plain);
      const int64_t positions = part.h() * part.w();
      for (int64_t image = 0; image < part.n(); ++image) {
        std::copy_n(all.data() + (image * full.shape(value).c() + plan().unit_channel) * positions, positions,
                    own + image * positions);
      }
      continue;
    }
    const Layout layout = full.layout(maker);
    take_box(full.shape(value), layout, full.view(value, layout, true).data, plan().boxes[i],
             net_->blobs_.make(net_->slot(value), layout));
  }
}

void Cone::backward(int start, const std::vector<int64_t>& channels, std::span<const float> seeds, Rule rule) {
  Net::Seed seed{start, Tensor(net_->shape(start))};
  for (int64_t image = 0; image < seed.signal.shape().n(); ++image) {
    seed.signal.data()[place_of(start, image, channels)] = seeds[static_cast<size_t>(image)];
  }
  net_->backward({std::move(seed)}, net_->inputs(), rule);
}

double Cone::share() const {
  double part = 0;
  double whole = 0;
  for (size_t i = 0; i < net_->shapes_.size(); ++i) {
    if (!net_->runs(net_->graph().values()[i].producer)) continue;
    part += static_cast<double>(net_->shapes_[i].count());
    whole += static_cast<double>(plan().wholes[i].count());
  }
  return part / whole;
}

bool Cone::keeps_state() const {
  for (size_t node = 0; node < net_->layers_.size(); ++node) {
    if (net_->runs(static_cast<int>(node)) && net_->layers_[node]->keeps_state()) return true;
  }
  return false;
}

// The whole net's side of it.

Net::~Net() = default;

Net::Net(const Net& full, ConePlan plan)
    : definition_(full.definition_), options_(full.options_), graph_(full.graph_), part_(std::move(plan)) {
  // No kernels that would have to be made anew for every shape.
  if (options_.kernels.kernels == cpu::KernelSet::Best) options_.kernels.kernels = cpu::KernelSet::Portable;
  options_.keep.reset();
  options_.backward = true;
  make_layers();
  infer_part();
  params_ = full.params_;
  plan_storage();
}

void Net::infer_part() {
  seen_shapes_.assign(layers_.size(), {});
  const auto part_of = [](const Shape& whole, const Box& box) {
    return whole.axes() == 4 ? whole.with(2, box.height).with(3, box.width) : whole;
  };
  for (size_t node = 0; node < layers_.size(); ++node) {
    if (!part_->nodes[node]) continue;
    const Graph::Node& links = graph_.nodes()[node];
    for (size_t i = 0; i < links.bottoms.size(); ++i) {
      seen_shapes_[node].push_back(part_of(shape(links.bottoms[i]), part_->seen[node][i]));
    }
    if (part_->crops[node]) layers_[node]->crop(*part_->crops[node]);
    if (static_cast<int>(node) == part_->unit_node) layers_[node]->select_unit(part_->unit_channel);
    std::vector<Shape> tops;
    if (!links.bottoms.empty()) tops = layers_[node]->reshape(seen_shapes_[node], links.tops.size());
    for (size_t top = 0; top < links.tops.size(); ++top) {
      const auto at = static_cast<size_t>(links.tops[top]);
      shapes_[at] = links.bottoms.empty() ? part_of(part_->wholes[at], part_->boxes[at]) : tops[top];
    }
  }
}

Cone& Net::cone(std::unique_ptr<Cone>& kept, int target, int64_t y, int64_t x, std::optional<int64_t> channel) {
  const Box whole = whole_box(shape(target));
  if (y < 0 || y >= whole.height || x < 0 || x >= whole.width) {
    throw UnknownNameError("no position (" + std::to_string(y) + ", " + std::to_string(x) + ") in '" +
                           blob_name(target) + "', whose shape is " + shape(target).str());
  }
  ConePlan plan = plan_cone(graph_, layers_, shapes_, target, {y, x, 1, 1}, channel);
  if (kept && kept->fits(target, plan)) {
    kept->move_to(plan);
  } else {
    kept = std::make_unique<Cone>(*this, target, std::move(plan));
  }
  return *kept;
}

void Net::backward_from_position(int start, const std::vector<int64_t>& channels, int64_t y, int64_t x, Rule rule) {
  constexpr double kWorthwhile = 0.6;  // of the whole; taking parts out and putting them in is not free
  const Shape& whole = shape(start);
  const bool one = std::all_of(channels.begin(), channels.end(), [&](int64_t each) { return each == channels[0]; });
  if (options_.kernels.kernels != cpu::KernelSet::Reference && options_.backward && whole.axes() == 4 && !part_) {
    std::fill(diff_valid_.begin(), diff_valid_.end(), false);
    Cone& part = cone(backward_cone_, start, y, x, one ? std::optional(channels[0]) : std::nullopt);
    if (part.share() < kWorthwhile && !part.keeps_state()) {
      check_backward(plan_backward(graph_, {start}, inputs_));
      const PassThreads threads;
      part.take_values(*this);
      part.backward(start, channels, std::vector<float>(channels.size(), 1.0F), rule);
      backward_runs_ = part.backward_runs();
      diff_valid_ = part.reached();
      cone_signals_ = diff_valid_;
      for (size_t i = 0; i < cone_signals_.size(); ++i) {
        const int value = static_cast<int>(i);
        if (cone_signals_[i] && signals_.held(signal_slot(value)) && signal_is_seen(value)) show_part_signal(value);
      }
      return;
    }
  }
  Tensor signal(whole);
  const Box box = whole_box(whole);
  const int64_t positions = box.area();
  for (int64_t image = 0; image < whole.n(); ++image) {
    const int64_t channel = image * whole.c() + channels[static_cast<size_t>(image)];
    signal.data()[channel * positions + y * box.width + x] = 1;
  }
  backward({{start, std::move(signal)}}, inputs_, rule);
}

// Puts a signal of the cone in its place; all around it is 0.
void Net::show_part_signal(int value) {
  cone_signals_[static_cast<size_t>(value)] = false;
  float* whole = signals_.make(signal_slot(value), Layout::Plain);
  std::fill_n(whole, shape(value).count(), 0.0F);
  const Tensor* part = backward_cone_->signal(value);
  const Box& box = backward_cone_->box(value);
  if (!backward_cone_->plan().one_channel[static_cast<size_t>(value)]) {
    return add_box(shape(value), Layout::Plain, part->data(), box, whole);
  }
  const Shape channel = shape(value).with(0, 1).with(1, 1);
  for (int64_t image = 0; image < shape(value).n(); ++image) {
    add_box(channel, Layout::Plain, part->data() + image * box.area(), box,
            whole + (image * shape(value).c() + backward_cone_->plan().unit_channel) * channel.count());
  }
}

}  // namespace deepvis
