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

// Of a task: long enough to be worth handing out, and short enough to share the work evenly.
constexpr int64_t kTaskOperations = 1 << 19;  // multiplications

int64_t round_up(int64_t value, int64_t step) { return std::max<int64_t>(1, (value + step - 1) / step) * step; }

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

// Where a tile's rows find their taps: those of one phase, for one task after another.
class PlannedGather::Locator {
 public:
  Locator(const Gather& gather, const float* source, const float* zeros)
      : gather_(gather), source_(source), zeros_(zeros) {}

  // Begins with a phase's positions, a group and a block's weights.
  void start(const Phase& phase, int64_t group, const float* weights, int64_t columns) {
    phase_ = &phase;
    offset_ = group * gather_.depth;
    const auto& taps = phase_->taps;
    offsets_.resize(taps.size());
    weights_.resize(taps.size());
    inside_weights_.resize(taps.size());
    pixels_.resize(taps.size() * kMostTileRows);
    top_ = left_ = 0;
    bottom_ = gather_.source_height - 1;
    right_ = gather_.source_width - 1;
    for (size_t tap = 0; tap < taps.size(); ++tap) {
      offsets_[tap] = (taps[tap].dy * gather_.source_width + taps[tap].dx) * gather_.source_channels;
      weights_[tap] = weights + static_cast<int64_t>(tap) * gather_.depth * columns;
      top_ = std::max(top_, -taps[tap].dy);
      left_ = std::max(left_, -taps[tap].dx);
      bottom_ = std::min(bottom_, gather_.source_height - 1 - taps[tap].dy);
      right_ = std::min(right_, gather_.source_width - 1 - taps[tap].dx);
    }
  }

  // Takes up row `row`, at grid position (i, j) of an image.
  void take(int64_t row, int64_t image, int64_t i, int64_t j) {
    const int64_t y = i * phase_->source_step_y;
    const int64_t x = j * phase_->source_step_x;
    const auto at = static_cast<size_t>(row);
    rows_[at] = {y, x};
    starts_[at] = ((image * gather_.source_height + y) * gather_.source_width + x) * gather_.source_channels + offset_;
    const bool all = y >= top_ && y <= bottom_ && x >= left_ && x <= right_;
    all_inside_ = row == 0 ? all : all_inside_ && all;
  }

  // Gives the tile the taps of the rows taken up; those that lie outside of the source for every row are left out.
  void fill(Tile& tile) {
    tile.pixels = pixels_.data();
    const float** pixel = pixels_.data();
    if (all_inside_) {
      for (const int64_t offset : offsets_) {
        for (int64_t row = 0; row < tile.rows; ++row) *pixel++ = source_ + starts_[static_cast<size_t>(row)] + offset;
      }
      tile.weights = weights_.data();
      tile.taps = static_cast<int64_t>(weights_.size());
      return;
    }
    tile.weights = inside_weights_.data();
    tile.taps = 0;
    for (size_t tap = 0; tap < offsets_.size(); ++tap) {
      bool any = false;
      for (int64_t row = 0; row < tile.rows; ++row) {
        const auto at = static_cast<size_t>(row);
        const int64_t y = rows_[at].y + phase_->taps[tap].dy;
        const int64_t x = rows_[at].x + phase_->taps[tap].dx;
        const bool inside = y >= 0 && y < gather_.source_height && x >= 0 && x < gather_.source_width;
        pixel[row] = inside ? source_ + starts_[at] + offsets_[tap] : zeros_;
        any = any || inside;
      }
      if (!any) continue;
      inside_weights_[static_cast<size_t>(tile.taps++)] = weights_[tap];
      pixel += tile.rows;
    }
  }

 private:
  struct Place {
    int64_t y, x;
  };

  const Gather& gather_;
  const float* source_;
  const float* zeros_;
  const Phase* phase_ = nullptr;
  int64_t offset_ = 0;                                   // of the group's channels
  int64_t top_ = 0, bottom_ = 0, left_ = 0, right_ = 0;  // rows and columns from which all taps lie inside the source
  std::vector<int64_t> offsets_;                         // of each tap from a row's start
  std::vector<const float*> weights_;                    // of each tap
  std::vector<const float*> inside_weights_;             // of the taps that a tile has
  std::vector<const float*> pixels_;
  std::array<Place, kMostTileRows> rows_{};
  std::array<int64_t, kMostTileRows> starts_{};
  bool all_inside_ = true;
};

struct PlannedGather::Task {
  const Phase* phase;
  Block block;
  int64_t group;
  int64_t first, last;  // destination positions, counted over images and the phase's grid
  int64_t weights;      // where the block's begin
  int64_t start;        // and its bias
};

PlannedGather::PlannedGather(Gather gather) : gather_(std::move(gather)) {
  const std::vector<Block> blocks = blocks_of(gather_.group_outputs());
  starts_ = gather_.groups * padded_outputs(blocks);
  int64_t weights = 0;
  for (const Phase& phase : gather_.phases) {
    const int64_t positions = gather_.images * phase.height * phase.width;
    const int64_t of_channel = static_cast<int64_t>(phase.taps.size()) * gather_.depth;
    // While the weights fit into a processor's own cache, threads share the positions: each then finds there, layer
    // after layer, the part of the blobs that it made. Else they share the output channels.
    constexpr int64_t kOwnCache = 1 << 18;  // values
    const bool by_position = of_channel * starts_ <= kOwnCache;
    const int64_t together = by_position ? starts_ : blocks.front().padded();
    const int64_t length = round_up(kTaskOperations / std::max<int64_t>(1, of_channel * together), kMostTileRows);
    std::vector<Task> tasks;
    int64_t start = 0;
    for (int64_t group = 0; group < gather_.groups; ++group) {
      for (const Block& block : blocks) {
        operations_ += positions * of_channel * block.padded();
        for (int64_t first = 0; first < positions; first += length) {
          tasks.push_back({&phase, block, group, first, std::min(first + length, positions), weights, start});
        }
        weights += of_channel * block.padded();
        start += block.padded();
      }
    }
    if (by_position) {
      std::sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) {
        return a.first != b.first ? a.first < b.first : a.weights < b.weights;
      });
    }
    tasks_.insert(tasks_.end(), tasks.begin(), tasks.end());
  }
}

PlannedGather::~PlannedGather() = default;

void PlannedGather::run_task(const Task& task, Locator& locator, const float* weights, const float* starts, Clamp clamp,
                             float* destination) const {
  const Phase& phase = *task.phase;
  const int64_t full = kernels().tile_rows[task.block.vectors];
  const int64_t grid = phase.height * phase.width;
  const int64_t channel = task.group * gather_.group_outputs() + task.block.first;
  std::array<float*, kMostTileRows> out;
  Tile tile{.depth = gather_.depth,
            .start = starts + task.start,
            .out = out.data(),
            .columns = task.block.columns,
            .vectors = task.block.vectors,
            .low = clamp.low,
            .high = clamp.high};
  locator.start(phase, task.group, weights + task.weights, task.block.padded());
  int64_t image = task.first / grid;
  int64_t i = task.first % grid / phase.width;
  int64_t j = task.first % phase.width;
  for (int64_t first = task.first; first < task.last; first += full) {
    tile.rows = std::min(full, task.last - first);
    for (int64_t row = 0; row < tile.rows; ++row) {
      locator.take(row, image, i, j);
      const int64_t y = phase.first_y + i * phase.step_y;
      const int64_t x = phase.first_x + j * phase.step_x;
      out[static_cast<size_t>(row)] =
          destination + ((image * gather_.height + y) * gather_.width + x) * gather_.channels + channel;
      if (++j < phase.width) continue;
      j = 0;
      if (++i < phase.height) continue;
      i = 0;
      ++image;
    }
    locator.fill(tile);
    kernels().convolution_tile(tile);
  }
}

void PlannedGather::run(const float* source, const Tensor& packed, const float* bias, Clamp clamp,
                        float* destination) const {
  std::vector<float> starts(static_cast<size_t>(starts_), 0.0F);
  if (bias != nullptr) {
    float* start = starts.data();
    for (int64_t group = 0; group < gather_.groups; ++group) {
      std::copy_n(bias + group * gather_.group_outputs(), gather_.group_outputs(), start);
      start += starts_ / gather_.groups;
    }
  }
  const std::vector<float> zeros(static_cast<size_t>(gather_.depth), 0.0F);
  std::vector<Locator> locators(static_cast<size_t>(pass_threads()), Locator(gather_, source, zeros.data()));
  for_each_task(static_cast<int64_t>(tasks_.size()), operations_, [&](int64_t index) {
    run_task(tasks_[static_cast<size_t>(index)], locators[static_cast<size_t>(task_thread())], packed.data(),
             starts.data(), clamp, destination);
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
                                  .weights = &weights,
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
