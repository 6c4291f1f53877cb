#include "cpu/reference/pooling.hpp"

#include <algorithm>
#include <limits>

#include "core/parallel.hpp"

namespace deepvis::cpu::reference {

namespace {

// Calls visit(plane, output index, region) for every output, the planes in parallel.
template <class Visit>
void for_each_output(const PoolingGeometry& g, Visit visit) {
  const int64_t planes = g.images * g.channels;
#pragma omp parallel for if (worth_threads(g.operations())) num_threads(pass_threads())
  for (int64_t plane = 0; plane < planes; ++plane) {
    for (int64_t out_y = 0; out_y < g.output_height; ++out_y) {
      for (int64_t out_x = 0; out_x < g.output_width; ++out_x) {
        const int64_t output = (plane * g.output_height + out_y) * g.output_width + out_x;
        visit(plane, output, g.region(out_y, out_x));
      }
    }
  }
}

}  // namespace

void max_pooling_forward(const PoolingGeometry& g, const float* input, float* output, int32_t* switches) {
  for_each_output(g, [&](int64_t plane, int64_t out, const PoolingGeometry::Region& window) {
    const float* values = input + plane * g.height * g.width;
    float best = -std::numeric_limits<float>::max();
    int64_t chosen = -1;
    for (int64_t y = window.top; y < window.bottom; ++y) {
      for (int64_t x = window.left; x < window.right; ++x) {
        const int64_t index = y * g.width + x;
        if (values[index] > best) {
          best = values[index];
          chosen = index;
        }
      }
    }
    output[out] = best;
    switches[out] = static_cast<int32_t>(chosen);
  });
}

void max_pooling_backward(const PoolingGeometry& g, const float* output_diff, const int32_t* switches,
                          float* input_diff) {
  std::fill_n(input_diff, g.images * g.channels * g.height * g.width, 0.0F);
  for_each_output(g, [&](int64_t plane, int64_t out, const PoolingGeometry::Region&) {
    if (switches[out] >= 0) input_diff[plane * g.height * g.width + switches[out]] += output_diff[out];
  });
}

void average_pooling_forward(const PoolingGeometry& g, const float* input, float* output) {
  for_each_output(g, [&](int64_t plane, int64_t out, const PoolingGeometry::Region& window) {
    const float* values = input + plane * g.height * g.width;
    float sum = 0;
    for (int64_t y = window.top; y < window.bottom; ++y) {
      for (int64_t x = window.left; x < window.right; ++x) sum += values[y * g.width + x];
    }
    output[out] = sum / window.size;
  });
}

void average_pooling_backward(const PoolingGeometry& g, const float* output_diff, float* input_diff) {
  std::fill_n(input_diff, g.images * g.channels * g.height * g.width, 0.0F);
  for_each_output(g, [&](int64_t plane, int64_t out, const PoolingGeometry::Region& window) {
    float* diffs = input_diff + plane * g.height * g.width;
    const float share = output_diff[out] / window.size;
    for (int64_t y = window.top; y < window.bottom; ++y) {
      for (int64_t x = window.left; x < window.right; ++x) diffs[y * g.width + x] += share;
    }
  });
}

}  // namespace deepvis::cpu::reference
