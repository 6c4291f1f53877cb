#include "cpu/vector/phases.hpp"

#include <algorithm>

namespace deepvis::cpu::vector {

namespace {

// One axis of a phase, with the part of the taps that lies along it.
struct AxisTap {
  int64_t offset, k;
};
struct AxisPhase {
  int64_t first, extent;
  std::vector<AxisTap> taps;
};

std::vector<AxisPhase> backward_axis(int64_t input, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation) {
  std::vector<AxisPhase> phases;
  for (int64_t first = 0; first < stride; ++first) {
    AxisPhase phase{first, std::max<int64_t>(0, (input - first + stride - 1) / stride), {}};
    for (int64_t k = 0; k < kernel; ++k) {
      const int64_t from = first + pad - k * dilation;
      if (from % stride == 0) phase.taps.push_back({from / stride, k});
    }
    phases.push_back(std::move(phase));
  }
  return phases;
}

}  // namespace

std::vector<Phase> forward_phases(const ConvolutionGeometry& g) {
  Phase phase{.height = g.output_height,
              .width = g.output_width,
              .source_step_y = g.stride_h,
              .source_step_x = g.stride_w,
              .taps = {}};
  for (int64_t ky = 0; ky < g.kernel_h; ++ky) {
    for (int64_t kx = 0; kx < g.kernel_w; ++kx) {
      phase.taps.push_back({ky * g.dilation_h - g.pad_h, kx * g.dilation_w - g.pad_w, ky, kx});
    }
  }
  return {phase};
}

std::vector<Phase> backward_phases(const ConvolutionGeometry& g) {
  std::vector<Phase> phases;
  const std::vector<AxisPhase> rows = backward_axis(g.height, g.kernel_h, g.stride_h, g.pad_h, g.dilation_h);
  const std::vector<AxisPhase> columns = backward_axis(g.width, g.kernel_w, g.stride_w, g.pad_w, g.dilation_w);
  for (const AxisPhase& row : rows) {
    for (const AxisPhase& column : columns) {
      Phase phase{.height = row.extent,
                  .width = column.extent,
                  .first_y = row.first,
                  .first_x = column.first,
                  .step_y = g.stride_h,
                  .step_x = g.stride_w,
                  .taps = {}};
      for (const AxisTap& y : row.taps) {
        for (const AxisTap& x : column.taps) phase.taps.push_back({y.offset, x.offset, y.k, x.k});
      }
      phases.push_back(std::move(phase));
    }
  }
  return phases;
}

}  // namespace deepvis::cpu::vector
