#include "cpu/vector/gather.hpp"

#include <algorithm>
#include <array>

#include "core/parallel.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu::vector {

namespace {

// Destination channels that one tile computes.
struct Block {
  int64_t first, columns;
  int vectors;
  int64_t padded() const { return vectors * kernels().lanes; }
};

// Cuts a group's channels into blocks of three vectors, which run fastest, and of two where three leave one over.
std::vector<Block> blocks_of(int64_t outputs) {
  const int64_t lanes = kernels().lanes;
  int64_t left = (outputs + lanes - 1) / lanes;
  std::vector<Block> blocks;
  for (int64_t first = 0; left > 0;) {
    const int vectors = left == 2 || left == 4 ? 2 : static_cast<int>(std::min<int64_t>(left, kTileVectors));
    blocks.push_back({first, std::min(outputs - first, vectors * lanes), vectors});
    first += vectors * lanes;
    left -= vectors;
  }
  return blocks;
}

int64_t padded_outputs(const std::vector<Block>& blocks) {
  int64_t padded = 0;
  for (const Block& block : blocks) padded += block.padded();
  return padded;
}

// Multiplications that make a task long enough to be worth handing out, and short enough to share the work evenly.
constexpr int64_t kTaskOperations = 1 << 21;

struct Task {
  const Phase* phase;
  const Block* block;
  int64_t group;
  int64_t first, last;   // destination positions, counted over images and the phase's grid
  const float* weights;  // of the block
  const float* start;
};

// Fills in where the taps of one row of a tile begin.
class Locator {
 public:
  Locator(const Gather& gather, const Phase& phase, const float* source, const float* zeros)
      : gather_(gather), phase_(phase), source_(source), zeros_(zeros) {}

  // Row `row` of `rows`, at grid position (i, j) of an image; `offset` is where the group's channels begin.
  void locate(int64_t image, int64_t i, int64_t j, int64_t offset, int64_t row, int64_t rows,
              const float** pixels) const {
    const int64_t y0 = i * phase_.source_step_y;
    const int64_t x0 = j * phase_.source_step_x;
    const float* base =
        source_ + image * gather_.source_height * gather_.source_width * gather_.source_channels + offset;
    for (size_t tap = 0; tap < phase_.taps.size(); ++tap) {
      const int64_t y = y0 + phase_.taps[tap].dy;
      const int64_t x = x0 + phase_.taps[tap].dx;
      const bool inside = y >= 0 && y < gather_.source_height && x >= 0 && x < gather_.source_width;
      pixels[static_cast<int64_t>(tap) * rows + row] =
          inside ? base + (y * gather_.source_width + x) * gather_.source_channels : zeros_;
    }
  }

 private:
  const Gather& gather_;
  const Phase& phase_;
  const float* source_;
  const float* zeros_;
};

void run_task(const Gather& g, const Task& task, const float* source, const float* zeros, Clamp clamp,
              float* destination, const float** pixels) {
  const Phase& phase = *task.phase;
  const Locator locator(g, phase, source, zeros);
  const int64_t full = kernels().tile_rows[task.block->vectors];
  const int64_t grid = phase.height * phase.width;
  const int64_t channel = task.group * g.group_outputs() + task.block->first;
  const int64_t offset = task.group * g.depth;
  std::array<float*, kMostTileRows> out;
  for (int64_t first = task.first; first < task.last; first += full) {
    const int64_t rows = std::min(full, task.last - first);
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t image = (first + row) / grid;
      const int64_t i = (first + row) % grid / phase.width;
      const int64_t j = (first + row) % phase.width;
      locator.locate(image, i, j, offset, row, rows, pixels);
      const int64_t y = phase.first_y + i * phase.step_y;
      const int64_t x = phase.first_x + j * phase.step_x;
      out[static_cast<size_t>(row)] = destination + ((image * g.height + y) * g.width + x) * g.channels + channel;
    }
    kernels().convolution_tile({.pixels = pixels,
                                .rows = rows,
                                .taps = static_cast<int64_t>(phase.taps.size()),
                                .depth = g.depth,
                                .weights = task.weights,
                                .start = task.start,
                                .out = out.data(),
                                .columns = task.block->columns,
                                .vectors = task.block->vectors,
                                .low = clamp.low,
                                .high = clamp.high});
  }
}

}  // namespace

Tensor pack_weights(const Gather& g, std::span<const float> plain, const WeightIndex& index) {
  const std::vector<Block> blocks = blocks_of(g.group_outputs());
  int64_t taps = 0;
  for (const Phase& phase : g.phases) taps += static_cast<int64_t>(phase.taps.size());
  Tensor packed(Shape{std::max<int64_t>(1, taps * g.depth * g.groups * padded_outputs(blocks))});
  float* at = packed.data();
  for (const Phase& phase : g.phases) {
    for (int64_t group = 0; group < g.groups; ++group) {
      for (const Block& block : blocks) {
        for (const Tap& tap : phase.taps) {
          for (int64_t k = 0; k < g.depth; ++k, at += block.padded()) {
            for (int64_t column = 0; column < block.columns; ++column) {
              const int64_t from = index(group, block.first + column, tap, k);
              if (from >= 0) at[column] = plain[static_cast<size_t>(from)];
            }
          }
        }
      }
    }
  }
  return packed;
}

void run_gather(const Gather& g, const float* source, const Tensor& packed, const float* bias, Clamp clamp,
                float* destination) {
  const std::vector<Block> blocks = blocks_of(g.group_outputs());
  std::vector<float> starts(static_cast<size_t>(g.groups * padded_outputs(blocks)), 0.0F);
  const std::vector<float> zeros(static_cast<size_t>(g.depth), 0.0F);
  std::vector<Task> tasks;
  const float* weights = packed.data();
  int64_t operations = 0;
  size_t most_taps = 1;
  for (const Phase& phase : g.phases) {
    float* start = starts.data();
    most_taps = std::max(most_taps, phase.taps.size());
    const int64_t positions = g.images * phase.height * phase.width;
    for (int64_t group = 0; group < g.groups; ++group) {
      for (const Block& block : blocks) {
        if (bias != nullptr) std::copy_n(bias + group * g.group_outputs() + block.first, block.columns, start);
        const int64_t of_position = static_cast<int64_t>(phase.taps.size()) * g.depth * block.padded();
        operations += positions * of_position;
        const int64_t rows = kernels().tile_rows[block.vectors];
        const int64_t length = std::max<int64_t>(1, kTaskOperations / std::max<int64_t>(1, of_position) / rows) * rows;
        for (int64_t first = 0; first < positions; first += length) {
          tasks.push_back({&phase, &block, group, first, std::min(first + length, positions), weights, start});
        }
        weights += of_position;
        start += block.padded();
      }
    }
  }
  const size_t pixels_each = most_taps * kMostTileRows;
  std::vector<const float*> pixels(static_cast<size_t>(pass_threads()) * pixels_each);
  for_each_task(static_cast<int64_t>(tasks.size()), operations, [&](int64_t index) {
    run_task(g, tasks[static_cast<size_t>(index)], source, zeros.data(), clamp, destination,
             pixels.data() + static_cast<size_t>(task_thread()) * pixels_each);
  });
}

void run_product(int64_t rows, int64_t depth, const float* source, const Tensor& packed, int64_t columns, float* out) {
  const float* weights = packed.data();
  const std::array<float, kTileVectors * kMostLanes> zeros{};
  std::array<const float*, kMostTileRows> pixels;
  std::array<float*, kMostTileRows> targets;
  for (const Block& block : blocks_of(columns)) {
    const int64_t full = kernels().tile_rows[block.vectors];
    for (int64_t first = 0; first < rows; first += full) {
      const int64_t count = std::min(full, rows - first);
      for (int64_t row = 0; row < count; ++row) {
        pixels[static_cast<size_t>(row)] = source + (first + row) * depth;
        targets[static_cast<size_t>(row)] = out + (first + row) * columns + block.first;
      }
      kernels().convolution_tile({.pixels = pixels.data(),
                                  .rows = count,
                                  .taps = 1,
                                  .depth = depth,
                                  .weights = weights,
                                  .start = zeros.data(),
                                  .out = targets.data(),
                                  .columns = block.columns,
                                  .vectors = block.vectors,
                                  .low = Clamp{}.low,
                                  .high = Clamp{}.high});
    }
    weights += depth * block.padded();
  }
}

}  // namespace deepvis::cpu::vector
