#include "cpu/reference/normalization.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/parallel.hpp"
#include "cpu/reference/pooling.hpp"

namespace deepvis::cpu::reference {

namespace {

// Calls visit(image, channel, first, last) for every channel of every image, in parallel; [first, last) are the
// channels of its window.
template <class Visit>
void for_each_window(const AcrossChannels& g, Visit visit) {
  const int64_t reach = (g.size - 1) / 2;
#pragma omp parallel for if (worth_threads(g.images * g.channels * g.positions * g.size)) num_threads(pass_threads())
  for (int64_t plane = 0; plane < g.images * g.channels; ++plane) {
    const int64_t channel = plane % g.channels;
    visit(plane / g.channels, channel, std::max<int64_t>(channel - reach, 0),
          std::min(channel + reach + 1, g.channels));
  }
}

}  // namespace

void lrn_across_forward(const AcrossChannels& g, const float* input, float* output, float* scale) {
  const float factor = g.alpha / static_cast<float>(g.size);
  for_each_window(g, [&](int64_t image, int64_t channel, int64_t first, int64_t last) {
    const float* planes = input + image * g.channels * g.positions;
    const int64_t start = (image * g.channels + channel) * g.positions;
    float* sums = scale + start;
    std::fill_n(sums, g.positions, 0.0F);
    for (int64_t other = first; other < last; ++other) {
      const float* x = planes + other * g.positions;
      for (int64_t i = 0; i < g.positions; ++i) sums[i] += x[i] * x[i];
    }
    for (int64_t i = 0; i < g.positions; ++i) {
      sums[i] = g.k + factor * sums[i];
      output[start + i] = input[start + i] * std::pow(sums[i], -g.beta);
    }
  });
}

void lrn_across_backward(const AcrossChannels& g, const float* input, const float* output, const float* scale,
                         const float* output_diff, float* input_diff) {
  const float factor = 2 * g.alpha * g.beta / static_cast<float>(g.size);
  for_each_window(g, [&](int64_t image, int64_t channel, int64_t first, int64_t last) {
    const int64_t base = image * g.channels * g.positions;
    const int64_t start = base + channel * g.positions;
    float* sums = input_diff + start;
    std::fill_n(sums, g.positions, 0.0F);
    for (int64_t other = first; other < last; ++other) {
      const int64_t from = base + other * g.positions;
      for (int64_t i = 0; i < g.positions; ++i) {
        sums[i] += output_diff[from + i] * output[from + i] / scale[from + i];
      }
    }
    for (int64_t i = 0; i < g.positions; ++i) {
      sums[i] = output_diff[start + i] * std::pow(scale[start + i], -g.beta) - factor * input[start + i] * sums[i];
    }
  });
}

void lrn_within_forward(const WithinChannel& g, const float* input, float* output, float* scale) {
  const int64_t count = g.window.images * g.window.channels * g.window.height * g.window.width;
  std::vector<float> squares(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) squares[static_cast<size_t>(i)] = input[i] * input[i];
  average_pooling_forward(g.window, squares.data(), scale);
  for (int64_t i = 0; i < count; ++i) {
    scale[i] = 1 + g.alpha * scale[i];
    output[i] = input[i] * std::pow(scale[i], -g.beta);
  }
}

void lrn_within_backward(const WithinChannel& g, const float* input, const float* scale, const float* output_diff,
                         float* input_diff) {
  const int64_t count = g.window.images * g.window.channels * g.window.height * g.window.width;
  std::vector<float> to_scale(static_cast<size_t>(count));  // the signal at the averaged squares
  for (int64_t i = 0; i < count; ++i) {
    to_scale[static_cast<size_t>(i)] = -g.alpha * g.beta * output_diff[i] * input[i] * std::pow(scale[i], -g.beta - 1);
  }
  average_pooling_backward(g.window, to_scale.data(), input_diff);
  for (int64_t i = 0; i < count; ++i) {
    input_diff[i] = output_diff[i] * std::pow(scale[i], -g.beta) + 2 * input[i] * input_diff[i];
  }
}

}  // namespace deepvis::cpu::reference
