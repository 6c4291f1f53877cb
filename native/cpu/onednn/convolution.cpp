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

Tensor arrange(Parameter& weights, const dnnl::memory::desc& wanted) {
  return weights.packed(name_of(wanted), [&](const ValueSource& values) {
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

// A primitive and the number of threads it was made for: oneDNN plans its work for as many as there are then.
struct Made {
  dnnl::primitive primitive;
  dnnl::memory::desc weights;
};

class OneDnnConvolution final : public Convolution {
 public:
  OneDnnConvolution(const ConvolutionGeometry& g, std::string implementation)
      : geometry_(g), problem_(problem_of(g)), name_("oneDNN " + std::move(implementation)) {}

  std::string_view name() const override { return name_; }
  Layout layout() const override { return Layout::ChannelsLast; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    const Threads threads;
    const Made& made = forward_for({threads.count, bias != nullptr, clamp});
    Arguments arguments(made, arrange(weights, made.weights));
    arguments.add(DNNL_ARG_SRC, problem_.input, input);
    arguments.add(DNNL_ARG_DST, problem_.output, output);
    if (bias != nullptr) arguments.add(DNNL_ARG_BIAS, problem_.bias, bias);
    arguments.run();
  }

  void backward(const float* output, Parameter& weights, const float* bias, float* input) override {
    const Threads threads;
    auto found = backward_.find(threads.count);
    if (found == backward_.end()) {
      const auto desc = backward_of(problem_);
      const Made made{dnnl::convolution_backward_data(desc), desc.weights_desc()};
      found = backward_.emplace(threads.count, made).first;
    }
    Arguments arguments(found->second, arrange(weights, found->second.weights));
    arguments.add(DNNL_ARG_DIFF_DST, problem_.output, output);
    arguments.add(DNNL_ARG_DIFF_SRC, problem_.input, input);
    arguments.run();
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

  const Made& forward_for(const Key& key) {
    for (const auto& [known, made] : forward_) {
      if (known == key) return made;
    }
    const auto desc = forward_of(problem_, key.bias, key.clamp);
    const Made made{dnnl::convolution_forward(desc), desc.weights_desc()};
    return forward_.emplace_back(key, made).second;
  }

  class Arguments {
   public:
    Arguments(const Made& made, Tensor weights) : made_(made), weights_(std::move(weights)) {
      add(DNNL_ARG_WEIGHTS, made.weights, weights_.data());
    }
    void add(int which, const dnnl::memory::desc& desc, const float* data) {
      // oneDNN takes what it reads and what it writes alike.
      memories_.emplace(which, dnnl::memory(desc, engine(), const_cast<float*>(data)));
    }
    void run() {
      dnnl::stream stream(engine());
      made_.primitive.execute(stream, memories_);
      stream.wait();
    }

   private:
    const Made& made_;
    Tensor weights_;
    std::unordered_map<int, dnnl::memory> memories_;
  };

  ConvolutionGeometry geometry_;
  Problem problem_;
  std::string name_;
  std::vector<std::pair<Key, Made>> forward_;
  std::map<int, Made> backward_;
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
