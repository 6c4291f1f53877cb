#include "cpu/vector/pooling.hpp"

#include "core/parallel.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu::vector {

namespace {

PoolWindow window_of(const PoolingGeometry& g, const PoolingGeometry::Region& region) {
  return {.rows = region.bottom - region.top,
          .columns = region.right - region.left,
          .line = g.width * g.channels,
          .channels = g.channels};
}

int64_t input_offset(const PoolingGeometry& g, int64_t image, const PoolingGeometry::Region& region) {
  return ((image * g.height + region.top) * g.width + region.left) * g.channels;
}

// Calls visit(region, input offset, output offset) for every output pixel, rows of them in parallel.
template <class Visit>
void for_each_output(const PoolingGeometry& g, Visit visit) {
  for_each_task(g.images * g.output_height, g.operations(), [&](int64_t line) {
    for (int64_t out_x = 0; out_x < g.output_width; ++out_x) {
      const auto region = g.region(line % g.output_height, out_x);
      visit(region, input_offset(g, line / g.output_height, region), (line * g.output_width + out_x) * g.channels);
    }
  });
}

// Going back, a task owns a band of the input's rows and looks at every window that reaches into it: windows overlap,
// and no two tasks may write to one place. Calls visit(region, window, input offset, output offset).
template <class Visit>
void for_each_signal(const PoolingGeometry& g, float* input_diff, Visit visit) {
  constexpr int64_t kBands = 8;
  const int64_t steps = std::max((g.height / kBands + g.stride_h) / g.stride_h, g.kernel_h / g.stride_h + 1);
  const int64_t band = steps * g.stride_h;
  const int64_t bands = (g.height + band - 1) / band;
  for_each_task(g.images * bands, g.operations(), [&](int64_t task) {
    const int64_t image = task / bands;
    const int64_t from = task % bands * band;
    const int64_t to = std::min(from + band, g.height);
    // Rows are cleared just before the first window that reaches them, so that they are in the cache by then.
    int64_t cleared = from;
    const auto clear_to = [&](int64_t row) {
      if (row <= cleared) return;
      const int64_t line = g.width * g.channels;
      std::fill_n(input_diff + (image * g.height + cleared) * line, (row - cleared) * line, 0.0F);
      cleared = row;
    };
    for (int64_t out_y = 0; out_y < g.output_height; ++out_y) {
      const auto rows = g.region(out_y, 0);
      if (rows.bottom <= from || rows.top >= to) continue;
      clear_to(std::min(rows.bottom, to));
      for (int64_t out_x = 0; out_x < g.output_width; ++out_x) {
        const auto region = g.region(out_y, out_x);
        PoolWindow window = window_of(g, region);
        window.write_from = std::max<int64_t>(0, from - region.top);
        window.write_to = std::min(window.rows, to - region.top);
        visit(region, window, input_offset(g, image, region),
              ((image * g.output_height + out_y) * g.output_width + out_x) * g.channels);
      }
    }
    clear_to(to);
  });
}

}  // namespace

void max_pooling_forward(const PoolingGeometry& g, const float* input, float* output) {
  for_each_output(g, [&](const PoolingGeometry::Region& region, int64_t in, int64_t out) {
    kernels().max_pool(window_of(g, region), input + in, output + out);
  });
}

void max_pooling_backward(const PoolingGeometry& g, const float* input, const float* output, const float* output_diff,
                          float* input_diff) {
  for_each_signal(g, input_diff,
                  [&](const PoolingGeometry::Region&, const PoolWindow& window, int64_t in, int64_t out) {
                    kernels().max_pool_back(window, input + in, output + out, output_diff + out, input_diff + in);
                  });
}

void average_pooling_forward(const PoolingGeometry& g, const float* input, float* output) {
  for_each_output(g, [&](const PoolingGeometry::Region& region, int64_t in, int64_t out) {
    kernels().average_pool(window_of(g, region), input + in, 1 / region.size, output + out);
  });
}

void average_pooling_backward(const PoolingGeometry& g, const float* output_diff, float* input_diff) {
  for_each_signal(g, input_diff,
                  [&](const PoolingGeometry::Region& region, const PoolWindow& window, int64_t in, int64_t out) {
                    kernels().average_pool_back(window, output_diff + out, 1 / region.size, input_diff + in);
                  });
}

}  // namespace deepvis::cpu::vector
