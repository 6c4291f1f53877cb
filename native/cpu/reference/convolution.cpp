// The convolution is a matrix product with the input gathered into columns, one column an output position and one row
// a (channel, kernel row, kernel column), as in the original Caffe; but a narrow band of columns at a time, so that the
// columns stay in cache and need little memory.
#include "cpu/reference/convolution.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/parallel.hpp"
#include "cpu/reference/matrix.hpp"

namespace deepvis::cpu::reference {

namespace {

// Rows of columns gathered at a time, so that memory stays bounded however many channels and however large a kernel.
constexpr int64_t kRows = 1024;

// Output positions a band holds: enough to keep the inner loops long, few enough for the columns to stay in cache.
int64_t band_width(int64_t rows, int64_t positions) {
  const int64_t fitting = std::clamp<int64_t>(65536 / std::max<int64_t>(rows, 1) / 16 * 16, 32, 512);
  return std::min(fitting, (positions + 15) / 16 * 16);
}

// Calls visit(column, count, input_offset, step) for each run of in-bounds input elements of one row of columns: the
// `count` columns from `column` on take the elements at input_offset, input_offset + step, … of the channel's plane.
template <class Visit>
void for_each_run(const ConvolutionGeometry& g, int64_t kernel_row, int64_t kernel_column, int64_t first, int64_t count,
                  Visit visit) {
  int64_t column = 0;
  while (column < count) {
    const int64_t out_y = (first + column) / g.output_width;
    const int64_t out_x = (first + column) % g.output_width;
    const int64_t in_row = std::min(g.output_width - out_x, count - column);  // columns left in this output row
    const int64_t y = out_y * g.stride_h - g.pad_h + kernel_row * g.dilation_h;
    if (y >= 0 && y < g.height) {
      const int64_t x0 = kernel_column * g.dilation_w - g.pad_w;  // input column of output column 0
      const int64_t lowest = x0 >= 0 ? 0 : (-x0 + g.stride_w - 1) / g.stride_w;
      const int64_t highest = g.width > x0 ? (g.width - 1 - x0) / g.stride_w + 1 : 0;
      const int64_t from = std::max(out_x, lowest);
      const int64_t to = std::min(out_x + in_row, highest);
      if (to > from) visit(column + from - out_x, to - from, y * g.width + x0 + from * g.stride_w, g.stride_w);
    }
    column += in_row;
  }
}

// Calls visit(row, channel, kernel row, kernel column) for `count` rows of columns from `first` on.
template <class Visit>
void for_each_row(const ConvolutionGeometry& g, int64_t first, int64_t count, Visit visit) {
  const int64_t kernel = g.kernel_h * g.kernel_w;
  for (int64_t row = first; row < first + count; ++row) {
    visit(row - first, row / kernel, row % kernel / g.kernel_w, row % g.kernel_w);
  }
}

// A rectangle of the columns: some of the rows of some channels, for some output positions.
struct Piece {
  int64_t first_row, rows;
  int64_t first_position, positions;
  float* values;
  int64_t step;  // from one row to the next
};

// Takes the piece's elements from `input`, which holds the channels; zero where the window hangs over the border.
void gather(const ConvolutionGeometry& g, const float* input, const Piece& piece) {
  for_each_row(g, piece.first_row, piece.rows, [&](int64_t row, int64_t channel, int64_t ky, int64_t kx) {
    const float* plane = input + channel * g.height * g.width;
    float* columns = piece.values + row * piece.step;
    std::fill_n(columns, piece.positions, 0.0F);
    for_each_run(g, ky, kx, piece.first_position, piece.positions,
                 [&](int64_t column, int64_t run, int64_t offset, int64_t step) {
                   if (step == 1) {
                     std::memcpy(columns + column, plane + offset, static_cast<size_t>(run) * sizeof(float));
                   } else {
                     for (int64_t i = 0; i < run; ++i) columns[column + i] = plane[offset + i * step];
                   }
                 });
  });
}

// The transpose of gather: adds the piece's elements back to where they came from.
void scatter(const ConvolutionGeometry& g, const Piece& piece, float* input_diff) {
  for_each_row(g, piece.first_row, piece.rows, [&](int64_t row, int64_t channel, int64_t ky, int64_t kx) {
    float* plane = input_diff + channel * g.height * g.width;
    const float* columns = piece.values + row * piece.step;
    for_each_run(g, ky, kx, piece.first_position, piece.positions,
                 [&](int64_t column, int64_t run, int64_t offset, int64_t step) {
                   for (int64_t i = 0; i < run; ++i) plane[offset + i * step] += columns[column + i];
                 });
  });
}

}  // namespace

void add_bias(int64_t images, int64_t outputs, int64_t positions, const float* bias, float* output) {
#pragma omp parallel for if (worth_threads(images * outputs * positions)) num_threads(pass_threads())
  for (int64_t plane = 0; plane < images * outputs; ++plane) {
    const float value = bias[plane % outputs];
    float* row = output + plane * positions;
    for (int64_t i = 0; i < positions; ++i) row[i] += value;
  }
}

void convolution_forward(const ConvolutionGeometry& g, const float* input, const float* weights, const float* bias,
                         float* output) {
  const int64_t positions = g.output_height * g.output_width;
  const int64_t group_channels = g.channels / g.group;
  const int64_t group_outputs = g.outputs / g.group;
  const int64_t depth = group_channels * g.kernel_h * g.kernel_w;
  const int64_t rows = std::min(depth, kRows);
  const int64_t band = band_width(rows, positions);
  const int64_t bands = (positions + band - 1) / band;
  const int64_t tasks = g.images * g.group * bands;
#pragma omp parallel if (worth_threads(g.images * g.outputs * positions * depth)) num_threads(pass_threads())
  {
    std::vector<float> columns(static_cast<size_t>(rows * band));
#pragma omp for schedule(dynamic)
    for (int64_t task = 0; task < tasks; ++task) {
      const int64_t first = task % bands * band;
      const int64_t count = std::min(band, positions - first);
      const int64_t group = task / bands % g.group;
      const int64_t image = task / bands / g.group;
      const float* source = input + (image * g.channels + group * group_channels) * g.height * g.width;
      float* target = output + (image * g.outputs + group * group_outputs) * positions + first;
      for (int64_t row = 0; row < depth; row += rows) {
        const Piece piece{row, std::min(rows, depth - row), first, count, columns.data(), band};
        gather(g, source, piece);
        const Matrix group_weights{weights + group * group_outputs * depth + row, depth, 1};
        matrix_product(group_outputs, count, piece.rows, group_weights, columns.data(), band, target, positions,
                       row > 0);
      }
    }
  }
  if (bias != nullptr) add_bias(g.images, g.outputs, positions, bias, output);
}

void convolution_backward(const ConvolutionGeometry& g, const float* output_diff, const float* weights,
                          float* input_diff) {
  const int64_t positions = g.output_height * g.output_width;
  const int64_t plane = g.height * g.width;
  const int64_t group_channels = g.channels / g.group;
  const int64_t group_outputs = g.outputs / g.group;
  const int64_t kernel = g.kernel_h * g.kernel_w;
  const int64_t depth = group_channels * kernel;
  // A task owns a few input channels, so that no two threads add to the same element.
  const int64_t chunk = std::clamp<int64_t>(64 / kernel, 1, group_channels);
  const int64_t chunks = (group_channels + chunk - 1) / chunk;
  const int64_t rows = std::min(chunk * kernel, kRows);
  const int64_t band = band_width(rows + group_outputs, positions);
  const int64_t tasks = g.images * g.group * chunks;
#pragma omp parallel if (worth_threads(g.images * g.outputs * positions * depth)) num_threads(pass_threads())
  {
    std::vector<float> columns(static_cast<size_t>(rows * band));
#pragma omp for schedule(dynamic)
    for (int64_t task = 0; task < tasks; ++task) {
      const int64_t first_channel = task % chunks * chunk;
      const int64_t channels = std::min(chunk, group_channels - first_channel);
      const int64_t group = task / chunks % g.group;
      const int64_t image = task / chunks / g.group;
      float* target = input_diff + (image * g.channels + group * group_channels + first_channel) * plane;
      std::fill_n(target, channels * plane, 0.0F);
      const float* source = output_diff + (image * g.outputs + group * group_outputs) * positions;
      for (int64_t first = 0; first < positions; first += band) {
        for (int64_t row = 0; row < channels * kernel; row += rows) {
          const Piece piece{
              row, std::min(rows, channels * kernel - row), first, std::min(band, positions - first), columns.data(),
              band};
          const Matrix transposed{weights + group * group_outputs * depth + first_channel * kernel + row, 1, depth};
          matrix_product(piece.rows, piece.positions, group_outputs, transposed, source + first, positions,
                         columns.data(), band, false);
          scatter(g, piece, target);
        }
      }
    }
  }
}

namespace {

class ReferenceConvolution final : public Convolution {
 public:
  explicit ReferenceConvolution(const ConvolutionGeometry& geometry) : geometry_(geometry) {}

  std::string_view name() const override { return "reference"; }
  Layout layout() const override { return Layout::Plain; }

  void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) override {
    convolution_forward(geometry_, input, weights.data(), bias, output);
    if (clamp == Clamp{}) return;
    const int64_t count = geometry_.images * geometry_.outputs * geometry_.output_height * geometry_.output_width;
    for (int64_t i = 0; i < count; ++i) output[i] = std::clamp(output[i], clamp.low, clamp.high);
  }

  void backward(const float* output, Parameter& weights, const float* bias, float* input) override {
    convolution_backward(geometry_, output, weights.data(), input);
    if (bias != nullptr) {
      add_bias(geometry_.images, geometry_.channels, geometry_.height * geometry_.width, bias, input);
    }
  }

 private:
  ConvolutionGeometry geometry_;
};

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvolutionGeometry& geometry) {
  return std::make_unique<ReferenceConvolution>(geometry);
}

}  // namespace deepvis::cpu::reference
