#include "cpu/vector/pooling.hpp"

#include "core/parallel.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu::vector {

namespace {

PoolWindow window_of(const PoolingGeometry& g, const PoolingGeometry::Region& region, int64_t channels) {
  return {.rows = region.bottom - region.top,
          .columns = region.right - region.left,
          .step = g.channels,
          .line = g.width * g.channels,
          .channels = channels};
}

// Calls visit(region, input offset, output offset) for every output pixel, rows of them in parallel.
template <class Visit>
void for_each_output(const PoolingGeometry& g, Visit visit) {
  for_each_task(g.images * g.output_height, g.operations(), [&](int64_t line) {
    const int64_t image = line / g.output_height;
    for (int64_t out_x = 0; out_x < g.output_width; ++out_x) {
      const auto region = g.region(line % g.output_height, out_x);
      visit(region, ((image * g.height + region.top) * g.width + region.left) * g.channels,
            (line * g.output_width + out_x) * g.channels);
    }
  });
}

// Windows overlap, so going back the work is shared out by channels: calls clear(offset, channels) for the pixels of
// an image, then visit(region, input offset, output offset, channels).
constexpr int64_t kChannels = 32;  // a task's: two cache lines, so that no two tasks write to one
template <class Visit>
void for_each_signal(const PoolingGeometry& g, float* input_diff, Visit visit) {
  const int64_t parts = (g.channels + kChannels - 1) / kChannels;
  for_each_task(g.images * parts, g.operations(), [&](int64_t task) {
    const int64_t image = task / parts;
    const int64_t first = task % parts * kChannels;
    const int64_t channels = std::min(kChannels, g.channels - first);
    const int64_t base = image * g.height * g.width * g.channels + first;
    for (int64_t pixel = 0; pixel < g.height * g.width; ++pixel) {
      std::fill_n(input_diff + base + pixel * g.channels, channels, 0.0F);
    }
    for (int64_t out_y = 0; out_y < g.output_height; ++out_y) {
      for (int64_t out_x = 0; out_x < g.output_width; ++out_x) {
        const auto region = g.region(out_y, out_x);
        visit(region, base + (region.top * g.width + region.left) * g.channels,
              ((image * g.output_height + out_y) * g.output_width + out_x) * g.channels + first, channels);
      }
    }
  });
}

}  // namespace

void max_pooling_forward(const PoolingGeometry& g, const float* input, float* output) {
  for_each_output(g, [&](const PoolingGeometry::Region& region, int64_t in, int64_t out) {
    kernels().max_pool(window_of(g, region, g.channels), input + in, output + out);
  });
}

void max_pooling_backward(const PoolingGeometry& g, const float* input, const float* output, const float* output_diff,
                          float* input_diff) {
  for_each_signal(g, input_diff, [&](const PoolingGeometry::Region& region, int64_t in, int64_t out, int64_t channels) {
    kernels().max_pool_back(window_of(g, region, channels), input + in, output + out, output_diff + out,
                            input_diff + in);
  });
}

void average_pooling_forward(const PoolingGeometry& g, const float* input, float* output) {
  for_each_output(g, [&](const PoolingGeometry::Region& region, int64_t in, int64_t out) {
    kernels().average_pool(window_of(g, region, g.channels), input + in, 1 / region.size, output + out);
  });
}

void average_pooling_backward(const PoolingGeometry& g, const float* output_diff, float* input_diff) {
  for_each_signal(g, input_diff, [&](const PoolingGeometry::Region& region, int64_t in, int64_t out, int64_t channels) {
    kernels().average_pool_back(window_of(g, region, channels), output_diff + out, 1 / region.size, input_diff + in);
  });
}

}  // namespace deepvis::cpu::vector
