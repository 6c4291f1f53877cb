#include "cpu/vector/pooling.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu::vector {

namespace {

// Outputs of one row that see alike: visit(row, size of a window, offset of the first window in the input, of the first
// output).
template <class Visit>
void for_each_run(const PoolingGeometry& g, int64_t image, int64_t out_y, Visit visit) {
  // The first output and the one after the last that see whole windows; the border cuts those of the others.
  const int64_t begin = std::min((g.pad_w + g.stride_w - 1) / g.stride_w, g.output_width);
  const int64_t room = g.width + g.pad_w - g.kernel_w;
  const int64_t end = std::clamp(room < 0 ? 0 : room / g.stride_w + 1, begin, g.output_width);
  const auto run = [&](int64_t out_x, int64_t count) {
    const auto region = g.region(out_y, out_x);
    const PoolRow row{.count = count,
                      .step = g.stride_w * g.channels,
                      .rows = region.bottom - region.top,
                      .columns = region.right - region.left,
                      .line = g.width * g.channels,
                      .channels = g.channels,
                      .write_from = 0,
                      .write_to = region.bottom - region.top};
    visit(row, region.size, ((image * g.height + region.top) * g.width + region.left) * g.channels,
          ((image * g.output_height + out_y) * g.output_width + out_x) * g.channels);
  };
  for (int64_t out_x = 0; out_x < begin; ++out_x) run(out_x, 1);
  if (end > begin) run(begin, end - begin);
  for (int64_t out_x = end; out_x < g.output_width; ++out_x) run(out_x, 1);
}

// The same for all rows of all images, in parallel.
template <class Visit>
void for_each_output(const PoolingGeometry& g, Visit visit) {
  for_each_task(g.images * g.output_height, g.operations(),
                [&](int64_t line) { for_each_run(g, line / g.output_height, line % g.output_height, visit); });
}

// Going back, a task owns a band of the input's rows and looks at every window that reaches into it: windows overlap,
// and no two tasks may write to one place. Calls visit as for_each_run() does, with the rows to write.
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
      for_each_run(g, image, out_y, [&](PoolRow row, float size, int64_t in, int64_t out) {
        row.write_from = std::max<int64_t>(0, from - rows.top);
        row.write_to = std::min(row.rows, to - rows.top);
        visit(row, size, in, out);
      });
    }
    clear_to(to);
  });
}

}  // namespace

void max_pooling_forward(const PoolingGeometry& g, const float* input, float* output) {
  for_each_output(g, [&](const PoolRow& row, float, int64_t in, int64_t out) {
    kernels().max_pool(row, input + in, output + out);
  });
}

void max_pooling_backward(const PoolingGeometry& g, const float* input, const float* output, const float* output_diff,
                          float* input_diff) {
  for_each_signal(g, input_diff, [&](const PoolRow& row, float, int64_t in, int64_t out) {
    kernels().max_pool_back(row, input + in, output + out, output_diff + out, input_diff + in);
  });
}

void average_pooling_forward(const PoolingGeometry& g, const float* input, float* output) {
  for_each_output(g, [&](const PoolRow& row, float size, int64_t in, int64_t out) {
    kernels().average_pool(row, input + in, 1 / size, output + out);
  });
}

void average_pooling_backward(const PoolingGeometry& g, const float* output_diff, float* input_diff) {
  for_each_signal(g, input_diff, [&](PoolRow row, float size, int64_t in, int64_t out) {
    in += row.write_from * row.line;
    row.rows = row.write_to - row.write_from;
    kernels().average_pool_back(row, output_diff + out, 1 / size, input_diff + in);
  });
}

}  // namespace deepvis::cpu::vector
