#include "cpu/onednn/convolution.hpp"

#include <algorithm>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "cpu/isa.hpp"

namespace deepvis::cpu::onednn {

namespace {

using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;
constexpr auto kFloat = dnnl::memory::data_type::f32;

dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

// oneDNN's description of one geometry.
struct Problem {
  dnnl::memory::desc input, weights, bias, output;
  Dims strides, dilations, pad_begin, pad_end;
};

// What must be added below or to the right for the output to have its size; negative where input is left over.
int64_t end_pad(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation) {
  return (output - 1) * stride + dilation * (kernel - 1) + 1 - input - pad;
}

Problem problem_of(const ConvolutionGeometry& g) {
  const Dims weights = g.group > 1 ? Dims{g.group, g.group_outputs(), g.group_channels(), g.kernel_h, g.kernel_w}
                                   : Dims{g.outputs, g.channels, g.kernel_h, g.kernel_w};
  return {.input = {{g.images, g.channels, g.height, g.width}, kFloat, Tag::nhwc},
          .weights = {weights, kFloat, Tag::any},
          .bias = {{g.outputs}, kFloat, Tag::x},
          .output = {{g.images, g.outputs, g.output_height, g.output_width}, kFloat, Tag::nhwc},
          .strides = {g.stride_h, g.stride_w},
          .dilations = {g.dilation_h - 1, g.dilation_w - 1},
          .pad_begin = {g.pad_h, g.pad_w},
          .pad_end = {end_pad(g.height, g.output_height, g.kernel_h, g.stride_h, g.pad_h, g.dilation_h),
                      end_pad(g.width, g.output_width, g.kernel_w, g.stride_w, g.pad_w, g.dilation_w)}};
}

bool is_reference(const std::string& implementation) { return implementation.find("ref") == 0; }

dnnl::primitive_attr attributes(Clamp clamp) {
  dnnl::primitive_attr attributes;
  if (clamp == Clamp{}) return attributes;
  dnnl::post_ops after;
  if (clamp == Clamp{.low = 0}) {
    after.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
  } else {
    after.append_eltwise(dnnl::algorithm::eltwise_clip, clamp.low, clamp.high);
  }
  attributes.set_post_ops(after);
  return attributes;
}

dnnl::convolution_forward::primitive_desc forward_of(const Problem& p, bool bias, Clamp clamp) {
  return {engine(),
          dnnl::prop_kind::forward_inference,
          dnnl::algorithm::convolution_direct,
          p.input,
          p.weights,
          bias ? p.bias : dnnl::memory::desc(),
          p.output,
          p.strides,
          p.dilations,
          p.pad_begin,
          p.pad_end,
          attributes(clamp),
          /*allow_empty=*/true};
}

dnnl::convolution_backward_data::primitive_desc backward_of(const Problem& p) {
  const dnnl::convolution_forward::primitive_desc hint(
      engine(), dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, p.input, p.weights, p.output,
      p.strides, p.dilations, p.pad_begin, p.pad_end, {}, /*allow_empty=*/true);
  if (!hint) return {};
  return {engine(),    dnnl::algorithm::convolution_direct,
          p.input,     p.weights,
          p.output,    p.strides,
          p.dilations, p.pad_begin,
          p.pad_end,   hint,
          {},          /*allow_empty=*/true};
}

// The weights' arrangement in words, so that those arranged alike are made once.
std::string name_of(const dnnl::memory::desc& desc) {
  std::string name = "oneDNN " + std::to_string(desc.get_size());
  const auto append = [&](const Dims& values) {
    name += " |";
    for (const auto value : values) name += ' ' + std::to_string(value);
  };
  append(desc.get_padded_dims());
  append(desc.get_strides());
  append(desc.get_inner_blks());
  append(desc.get_inner_idxs());
  return name;
}

Tensor arrange(Parameter& weights, const dnnl::memory::desc& wanted, const std::string& name) {
  return weights.packed(name, [&](const ValueSource& values) {
    std::vector<float> plain(static_cast<size_t>(weights.shape().count()));
    values.read(0, plain);
    Tensor arranged(Shape{static_cast<int64_t>(wanted.get_size() / sizeof(float))});
    const Dims dims = wanted.get_dims();
    dnnl::memory from({dims, kFloat, dims.size() == 5 ? Tag::goihw : Tag::oihw}, engine(), plain.data());
    dnnl::memory to(wanted, engine(), arranged.data());
    dnnl::stream stream(engine());
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    return arranged;
  });
}

// A primitive with all that running it takes, made once: a small convolution is over sooner than these are made. It is
// for one number of threads: oneDNN plans its work for as many as there are then.
class Prepared {
 public:
  Prepared(dnnl::primitive primitive, const dnnl::memory::desc& weights)
      : primitive_(std::move(primitive)), weights_(weights), weights_name_(name_of(weights)) {
    add(DNNL_ARG_WEIGHTS, weights);
  }

  void add(int which, const dnnl::memory::desc& desc) {
    arguments_.emplace(which, dnnl::memory(desc, engine(), DNNL_MEMORY_NONE));
  }
  // oneDNN takes what it reads and what it writes alike.
  void set(int which, const float* data) { arguments_.at(which).set_data_handle(const_cast<float*>(data)); }

  void run(Parameter& weights) {
    const Tensor arranged = arrange(weights, weights_, weights_name_);
    set(DNNL_ARG_WEIGHTS, arranged.data());
    thread_local dnnl::stream stream(engine());
    primitive_.execute(stream, arguments_);
    stream.wait();
  }

 private:
  dnnl::primitive primitive_;
  dnnl::memory::desc weights_;
  std::string weights_name_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

class OneDnnConvolution final : public Convolution {
 public:
  OneDnnConvolution(const ConvolutionGeometry& g, std::string implementation)
      : geometry_(g), problem_(problem_of(g)), name_("oneDNN " + std::move(implementation)) {}

  std::string_view name() const override { return name_; }
  Layout layout() const override { return Layout::ChannelsLast; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    const Threads threads;
    Prepared& prepared = forward_for({threads.count, bias != nullptr, clamp});
    prepared.set(DNNL_ARG_SRC, input);
    prepared.set(DNNL_ARG_DST, output);
    if (bias != nullptr) prepared.set(DNNL_ARG_BIAS, bias);
    prepared.run(weights);
  }

  void backward(const float* output, Parameter& weights, const float* bias, float* input) override {
    const Threads threads;
    Prepared& prepared = backward_for(threads.count);
    prepared.set(DNNL_ARG_DIFF_DST, output);
    prepared.set(DNNL_ARG_DIFF_SRC, input);
    prepared.run(weights);
    if (bias == nullptr) return;
    const int64_t pixels = geometry_.images * geometry_.height * geometry_.width;
    for_each_task(pixels, pixels * geometry_.channels, [&](int64_t pixel) {
      for (int64_t c = 0; c < geometry_.channels; ++c) input[pixel * geometry_.channels + c] += bias[c];
    });
  }

 private:
  // While it lives, oneDNN uses this pass's threads.
  struct Threads {
    int count = pass_threads();
    int before = omp_get_max_threads();
    Threads() { omp_set_num_threads(count); }
    ~Threads() { omp_set_num_threads(before); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
  };

  struct Key {
    int threads;
    bool bias;
    Clamp clamp;
    bool operator==(const Key&) const = default;
  };

  Prepared& forward_for(const Key& key) {
    for (auto& [known, prepared] : forward_) {
      if (known == key) return prepared;
    }
    const auto desc = forward_of(problem_, key.bias, key.clamp);
    Prepared prepared(dnnl::convolution_forward(desc), desc.weights_desc());
    prepared.add(DNNL_ARG_SRC, problem_.input);
    prepared.add(DNNL_ARG_DST, problem_.output);
    if (key.bias) prepared.add(DNNL_ARG_BIAS, problem_.bias);
    return forward_.emplace_back(key, std::move(prepared)).second;
  }

  Prepared& backward_for(int threads) {
    const auto found = backward_.find(threads);
    if (found != backward_.end()) return found->second;
    const auto desc = backward_of(problem_);
    Prepared prepared(dnnl::convolution_backward_data(desc), desc.weights_desc());
    prepared.add(DNNL_ARG_DIFF_DST, problem_.output);
    prepared.add(DNNL_ARG_DIFF_SRC, problem_.input);
    return backward_.emplace(threads, std::move(prepared)).first->second;
  }

  ConvolutionGeometry geometry_;
  Problem problem_;
  std::string name_;
  std::vector<std::pair<Key, Prepared>> forward_;
  std::map<int, Prepared> backward_;
};

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvolutionGeometry& g) {
  if (best_isa() == Isa::Baseline) return nullptr;
  const Problem problem = problem_of(g);
  // oneDNN knows no negative padding.
  for (const int64_t pad : {g.pad_h, g.pad_w, problem.pad_end[0], problem.pad_end[1]}) {
    if (pad < 0) return nullptr;
  }
  try {
    const auto forward = forward_of(problem, true, {.low = 0});
    const auto backward = backward_of(problem);
    if (!forward || !backward) return nullptr;
    const std::string name = forward.impl_info_str();
    if (is_reference(name) || is_reference(backward.impl_info_str())) return nullptr;
    return std::make_unique<OneDnnConvolution>(g, name);
  } catch (const dnnl::error&) {
    return nullptr;
  }
}

std::string_view version() {
  static const std::string text = [] {
    const dnnl_version_t* v = dnnl_version();
    return std::to_string(v->major) + '.' + std::to_string(v->minor) + '.' + std::to_string(v->patch);
  }();
  return text;
}

}  // namespace deepvis::cpu::onednn
