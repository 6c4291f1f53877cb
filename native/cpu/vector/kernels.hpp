// The inner loops of the fast path. Each is compiled once for every instruction set (isa/), and one table of them is
// picked when the program starts. They run on the calling thread, over blobs that lie channels last: whoever calls them
// divides the work (convolution.cpp, pooling.cpp ... of this folder).
#pragma once

#include <cstdint>

namespace deepvis::cpu::vector {

// Part of a convolution: `rows` output pixels by one block of `vectors` vectors of outputs.
struct Tile {
  const float* const* pixels = nullptr;  // [tap][row]: the `depth` inputs that a tap sees for a row
  int64_t rows = 0, taps = 0, depth = 0;
  const float* const* weights = nullptr;  // [tap]: [depth][vectors · lanes]
  const float* start = nullptr;           // [vectors · lanes]: the bias
  float* const* out = nullptr;            // [row]
  int64_t columns = 0;                    // outputs to write, at most vectors · lanes
  int vectors = 1;                        // 1 to kTileVectors
  float low = 0, high = 0;                // what every output is clamped to
};
inline constexpr int kTileVectors = 3;
inline constexpr int kMostTileRows = 8;
inline constexpr int kMostLanes = 16;

// The same where each output sees one input channel, its own: `rows` pixels by all channels.
struct DepthwiseTile {
  const float* const* pixels;   // [tap][row]
  const float* const* weights;  // [tap]: `channels` each
  int64_t rows, taps, channels;
  const float* start;  // [channels]
  float* const* out;   // [row]
  float low, high;
};

// Output pixels side by side, `step` values apart in the input, whose windows' parts inside the image are alike: `rows`
// by `columns` input pixels, the rows `line` values apart. Going back through a maximum, only the rows [write_from,
// write_to) of each window get a signal.
struct PoolRow {
  int64_t count = 0, step = 0;
  int64_t rows = 0, columns = 0;
  int64_t line = 0;
  int64_t channels = 0;
  int64_t write_from = 0, write_to = 0;
};

// Some rows of an inner product's weights, which lie [input][output].
inline constexpr int kFcRows = 8;
struct FcRows {
  const void* rows[kFcRows];  // float or, for the half kernels, IEEE half precision
  const void* next[kFcRows];  // the rows of the call after this one, to be fetched meanwhile; null where there is none
  int count;                  // of rows; the others are not looked at
  int64_t outputs;            // values a row
};

struct Kernels {
  int lanes;
  int tile_rows[kTileVectors + 1];  // rows a full tile has, by its number of vectors
  int depthwise_rows;

  void (*convolution_tile)(const Tile& tile);
  void (*depthwise_tile)(const DepthwiseTile& tile);

  void (*max_pool)(const PoolRow& row, const float* first, float* out);
  // Adds `signal` where the maximum `out` first stood.
  void (*max_pool_back)(const PoolRow& row, const float* first, const float* out, const float* signal,
                        float* first_diff);
  // out = scale · Σ
  void (*average_pool)(const PoolRow& row, const float* first, float scale, float* out);
  void (*average_pool_back)(const PoolRow& row, const float* signal, float scale, float* first_diff);

  // One pixel's channels. `scratch` holds 2 · (channels + size + lanes) floats.
  struct Lrn {
    int64_t channels, size;
    float alpha_over_size, beta, k;
  };
  void (*lrn)(const Lrn& lrn, const float* x, float* y, float* scratch);
  void (*lrn_back)(const Lrn& lrn, const float* x, const float* d, float* out, float* scratch);
  // out = x · base^-beta
  void (*power_scale)(int64_t count, const float* base, float beta, const float* x, float* out);

  void (*clamp)(int64_t count, float low, float high, const float* x, float* y);
  void (*relu_back)(int64_t count, const float* d, const float* x, float* out);    // x > 0 ? d : 0
  void (*guided_back)(int64_t count, const float* d, const float* x, float* out);  // x > 0 and d > 0 ? d : 0
  // low <= x <= high ? d : 0
  void (*clip_back)(int64_t count, float low, float high, const float* d, const float* x, float* out);
  void (*add)(int64_t count, const float* x, float* y);  // y += x
  // y[i · y_step ...] += x[i · x_step ...] for `runs` runs of `count`.
  void (*add_runs)(int64_t runs, int64_t count, const float* x, int64_t x_step, float* y, int64_t y_step);
  void (*multiply)(int64_t count, const float* x, const float* y, float* out);

  // to[column · to_step + row] = from[row · from_step + column]
  void (*transpose)(int64_t rows, int64_t columns, const float* from, int64_t from_step, float* to, int64_t to_step);

  // sums[r][o] += Σ_k x[k · batch + r] · rows[k][o]; sums[r] stands at sums + r · step.
  void (*fc_accumulate)(const FcRows& weights, const float* x, int64_t batch, float* sums, int64_t step);
  // out[k · batch + r] = Σ_o rows[k][o] · d[r][o]; d[r] stands at d + r · step.
  void (*fc_dot)(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out);
  // The same over weights in half precision; null where the processor cannot widen them.
  void (*fc_accumulate_half)(const FcRows& weights, const float* x, int64_t batch, float* sums, int64_t step);
  void (*fc_dot_half)(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out);
  void (*narrow)(int64_t count, const float* x, uint16_t* half);

  // For benchmarks (cpu/probe.hpp): rounds of arithmetic, how many operations one is, and reading from end to end.
  float (*peak)(int64_t rounds);
  int64_t (*peak_operations)();
  float (*stream)(int64_t count, const float* values);
};

// The table for best_isa().
const Kernels& kernels();

}  // namespace deepvis::cpu::vector
