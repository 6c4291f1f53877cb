#include "cpu/vector/normalization.hpp"

#include <vector>

#include "core/parallel.hpp"
#include "cpu/vector/kernels.hpp"
#include "cpu/vector/pooling.hpp"

namespace deepvis::cpu::vector {

namespace {

constexpr int64_t kPixels = 32;  // a task's

// Calls visit(offset, scratch) for every pixel.
template <class Visit>
void for_each_pixel(const AcrossChannels& g, Visit visit) {
  const int64_t pixels = g.images * g.positions;
  const auto each = static_cast<size_t>(2 * (g.channels + g.size + kernels().lanes));
  std::vector<float> scratch(each * static_cast<size_t>(pass_threads()));
  for_each_task((pixels + kPixels - 1) / kPixels, pixels * g.channels * g.size, [&](int64_t task) {
    float* own = scratch.data() + each * static_cast<size_t>(task_thread());
    for (int64_t pixel = task * kPixels; pixel < std::min(pixels, (task + 1) * kPixels); ++pixel) {
      visit(pixel * g.channels, own);
    }
  });
}

Kernels::Lrn constants_of(const AcrossChannels& g) {
  return {.channels = g.channels,
          .size = g.size,
          .alpha_over_size = g.alpha / static_cast<float>(g.size),
          .beta = g.beta,
          .k = g.k};
}

int64_t count_of(const WithinChannel& g) {
  return g.window.images * g.window.channels * g.window.height * g.window.width;
}

// 1 + alpha · (average pooling of input²)
std::vector<float> scales_within(const WithinChannel& g, const float* input) {
  const int64_t count = count_of(g);
  std::vector<float> squares(static_cast<size_t>(count));
  kernels().multiply(count, input, input, squares.data());
  std::vector<float> scales(squares.size());
  average_pooling_forward(g.window, squares.data(), scales.data());
  for (float& scale : scales) scale = 1 + g.alpha * scale;
  return scales;
}

}  // namespace

void lrn_across_forward(const AcrossChannels& g, const float* input, float* output) {
  const Kernels::Lrn constants = constants_of(g);
  for_each_pixel(g, [&](int64_t at, float* scratch) { kernels().lrn(constants, input + at, output + at, scratch); });
}

void lrn_across_backward(const AcrossChannels& g, const float* input, const float* output_diff, float* input_diff) {
  const Kernels::Lrn constants = constants_of(g);
  for_each_pixel(g, [&](int64_t at, float* scratch) {
    kernels().lrn_back(constants, input + at, output_diff + at, input_diff + at, scratch);
  });
}

void lrn_within_forward(const WithinChannel& g, const float* input, float* output) {
  const std::vector<float> scales = scales_within(g, input);
  kernels().power_scale(count_of(g), scales.data(), g.beta, input, output);
}

void lrn_within_backward(const WithinChannel& g, const float* input, const float* output_diff, float* input_diff) {
  const int64_t count = count_of(g);
  const std::vector<float> scales = scales_within(g, input);
  std::vector<float> direct(static_cast<size_t>(count));
  kernels().power_scale(count, scales.data(), g.beta, output_diff, direct.data());
  // The signal at the averaged squares, pooled back.
  std::vector<float> to_scales(static_cast<size_t>(count));
  for (size_t i = 0; i < to_scales.size(); ++i) {
    to_scales[i] = -g.alpha * g.beta * direct[i] * input[i] / scales[i];
  }
  average_pooling_backward(g.window, to_scales.data(), input_diff);
  for (size_t i = 0; i < to_scales.size(); ++i) input_diff[i] = direct[i] + 2 * input[i] * input_diff[i];
}

}  // namespace deepvis::cpu::vector
