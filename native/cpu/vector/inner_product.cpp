// Of all that a net reads, the weights here are by far the most, and they set the pace. They are kept once, for both
// directions: cut into panels of outputs, and in each panel a row for every input. Going forward, the rows of inputs
// that are 0 (half and more of what a ReLU lets through) are not read at all; going back, each row is read once.
#include "cpu/vector/inner_product.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "cpu/isa.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu::vector {

namespace {

constexpr int64_t kPanel = 1024;  // outputs
// From one row's sums or signals in a panel to those of the next. At a multiple of 4 KiB, those of all rows and weights
// would compete for the same few places of the first cache.
constexpr int64_t kRowStep = kPanel + 256;
constexpr int64_t kInputsOfTask = 256;  // rows a task covers on the way back
constexpr int64_t kLeastCut = 128;      // outputs
constexpr int64_t kCacheLine = 16;      // floats
constexpr float kLargestHalf = 65504;

// A list of inputs cut into as many runs as there are rows in a group: a group takes one of each. So each run is read
// from end to end, and as many places of memory are read at once as it takes to get all that memory can give.
class Runs {
 public:
  explicit Runs(std::span<const int32_t> inputs) : inputs_(inputs), length_((inputs.size() + kFcRows - 1) / kFcRows) {}
  size_t groups() const { return length_; }
  int count(size_t group) const { return static_cast<int>((inputs_.size() - group + length_ - 1) / length_); }
  // Place in the list of a group's `k`th member.
  size_t place(size_t group, int k) const { return static_cast<size_t>(k) * length_ + group; }
  int32_t input(size_t group, int k) const { return inputs_[place(group, k)]; }

 private:
  std::span<const int32_t> inputs_;
  size_t length_;
};

class VectorInnerProduct final : public InnerProduct {
 public:
  VectorInnerProduct(const InnerProductGeometry& g, bool half)
      : g_(g),
        half_(half),
        name_(std::string(isa_name(best_isa())) + " inner product" + (half ? " (fp16 weights)" : "")) {}

  std::string_view name() const override { return name_; }

  void forward(const float* input, Parameter& weights, const float* bias, float* output) override {
    const Tensor rows = packed(weights);
    // The inputs that matter, and their values with those of one input side by side.
    const std::vector<int32_t> active = active_inputs(input);
    const Runs runs(active);
    const Tensor values = by_group(runs, input);
    // Panels are cut further where there are more threads than panels.
    const int64_t cuts = std::clamp<int64_t>((pass_threads() + panels() - 1) / panels(), 1, kPanel / kLeastCut);
    const int64_t cut = kPanel / cuts;
    Tensor all_sums(Shape{pass_threads() * g_.rows * kRowStep});
    for_each_task(panels() * cuts, g_.operations(), [&](int64_t task) {
      const int64_t panel = task / cuts;
      const int64_t first = task % cuts * cut;
      const int64_t wide = std::min(cut, width(panel) - first);
      if (wide <= 0) return;
      float* sums = all_sums.data() + task_thread() * g_.rows * kRowStep;
      for (int64_t row = 0; row < g_.rows; ++row) {
        if (bias != nullptr) {
          std::copy_n(bias + panel * kPanel + first, wide, sums + row * kRowStep);
        } else {
          std::fill_n(sums + row * kRowStep, wide, 0.0F);
        }
      }
      const auto accumulate = half_ ? kernels().fc_accumulate_half : kernels().fc_accumulate;
      const float* factors = values.data();
      for (size_t group = 0; group < runs.groups(); ++group) {
        const FcRows members = rows_of(rows, panel, first, wide, runs, group);
        accumulate(members, factors, g_.rows, sums, kRowStep);
        factors += kFcRows * g_.rows;
      }
      for (int64_t row = 0; row < g_.rows; ++row) {
        std::copy_n(sums + row * kRowStep, wide, output + row * g_.outputs + panel * kPanel + first);
      }
    });
  }

  void backward(const float* output, Parameter& weights, const float* only_where, float* input) override {
    const Tensor rows = packed(weights);
    std::fill_n(input, g_.rows * g_.inputs, 0.0F);
    const std::vector<int32_t> wanted = only_where != nullptr ? active_inputs(only_where) : all_inputs();
    const std::optional<std::vector<int64_t>> signals = few_signals(output);
    const auto count = static_cast<int64_t>(wanted.size());
    const Tensor panel_signals = signals ? Tensor() : by_panel(output);
    for_each_task((count + kInputsOfTask - 1) / kInputsOfTask, g_.operations(), [&](int64_t task) {
      const auto first = static_cast<size_t>(task * kInputsOfTask);
      const auto inputs = std::span(wanted).subspan(first, std::min<size_t>(kInputsOfTask, wanted.size() - first));
      if (signals) {
        for (const int32_t i : inputs) gather(rows, i, output, *signals, input);
        return;
      }
      const Runs runs(inputs);
      for (int64_t panel = 0; panel < panels(); ++panel) {
        for (size_t group = 0; group < runs.groups(); ++group) dot(rows, panel, runs, group, panel_signals, input);
      }
    });
  }

 private:
  // Rows of the weights, in whichever precision they are kept.
  Tensor packed(Parameter& weights) const {
    return weights.packed(half_ ? "inner product fp16" : "inner product", [&](const ValueSource& values) {
      Tensor rows(Shape{half_ ? (g_.inputs * g_.outputs + 1) / 2 : g_.inputs * g_.outputs});
      if (g_.transposed) {
        copy_rows(values, rows);
      } else {
        transpose_rows(values, rows);
      }
      return rows;
    });
  }

  // The inputs that are not 0 in every row.
  std::vector<int32_t> active_inputs(const float* input) const {
    std::vector<uint8_t> any(static_cast<size_t>(g_.inputs), 0);
    for_each_piece_of(g_.inputs, [&](int64_t first, int64_t last) {
      for (int64_t row = 0; row < g_.rows; ++row) {
        for (int64_t i = first; i < last; ++i) any[static_cast<size_t>(i)] |= input[row * g_.inputs + i] != 0;
      }
    });
    std::vector<int32_t> active;
    for (int64_t i = 0; i < g_.inputs; ++i) {
      if (any[static_cast<size_t>(i)]) active.push_back(static_cast<int32_t>(i));
    }
    return active;
  }

  // The values of the groups' inputs, [group][member][row].
  Tensor by_group(const Runs& runs, const float* input) const {
    const auto groups = static_cast<int64_t>(runs.groups());
    Tensor values(Shape{std::max<int64_t>(1, groups * kFcRows * g_.rows)});
    for_each_piece_of(groups, [&](int64_t first, int64_t last) {
      for (int64_t group = first; group < last; ++group) {
        float* to = values.data() + group * kFcRows * g_.rows;
        for (int k = 0; k < runs.count(static_cast<size_t>(group)); ++k) {
          const float* from = input + runs.input(static_cast<size_t>(group), k);
          for (int64_t row = 0; row < g_.rows; ++row) *to++ = from[row * g_.inputs];
        }
      }
    });
    return values;
  }

  // Calls run(first, last) for pieces of [0, count), each with `rows` values to every number, in parallel.
  template <class Run>
  void for_each_piece_of(int64_t count, Run run) const {
    constexpr int64_t kPiece = 128;
    for_each_task((count + kPiece - 1) / kPiece, count * g_.rows * kFcRows,
                  [&](int64_t piece) { run(piece * kPiece, std::min(count, (piece + 1) * kPiece)); });
  }

  std::vector<int32_t> all_inputs() const {
    std::vector<int32_t> all(static_cast<size_t>(g_.inputs));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }

  int64_t panels() const { return (g_.outputs + kPanel - 1) / kPanel; }
  int64_t width(int64_t panel) const { return std::min(kPanel, g_.outputs - panel * kPanel); }

  // Where the weights of an input stand, from the `first` of a panel's outputs on.
  const void* at(const Tensor& rows, int64_t panel, int64_t input, int64_t first) const {
    const int64_t index = panel * kPanel * g_.inputs + input * width(panel) + first;
    if (half_) return reinterpret_cast<const uint16_t*>(rows.data()) + index;
    return rows.data() + index;
  }
  void* at(Tensor& rows, int64_t panel, int64_t input, int64_t first) const {
    return const_cast<void*>(at(std::as_const(rows), panel, input, first));
  }

  // The weights of a group's inputs for `wide` outputs of a panel, from its `first` on.
  FcRows rows_of(const Tensor& rows, int64_t panel, int64_t first, int64_t wide, const Runs& runs, size_t group) const {
    FcRows members{.rows = {}, .next = {}, .count = runs.count(group), .outputs = wide};
    for (int k = 0; k < members.count; ++k) members.rows[k] = at(rows, panel, runs.input(group, k), first);
    if (group + 1 == runs.groups()) return members;
    for (int k = 0; k < runs.count(group + 1); ++k) members.next[k] = at(rows, panel, runs.input(group + 1, k), first);
    return members;
  }

  void put(const float* values, int64_t count, void* to) const {
    if (half_) {
      for (const float value : std::span(values, static_cast<size_t>(count))) {
        if (std::abs(value) <= kLargestHalf || !std::isfinite(value)) continue;
        throw LimitError("a weight is " + std::to_string(value) + ", and half precision ends at 65504; load the net " +
                         "with precision=\"fp32\"");
      }
      kernels().narrow(count, values, static_cast<uint16_t*>(to));
    } else {
      std::copy_n(values, count, static_cast<float*>(to));
    }
  }

  void copy_rows(const ValueSource& values, Tensor& rows) const {
    for_each_task(g_.inputs, g_.inputs * g_.outputs, [&](int64_t i) {
      std::vector<float> row(static_cast<size_t>(g_.outputs));
      values.read(i * g_.outputs, row);
      for (int64_t panel = 0; panel < panels(); ++panel)
        put(row.data() + panel * kPanel, width(panel), at(rows, panel, i, 0));
    });
  }

  // From a row an output. A task takes some outputs: their rows are read once, from end to end.
  void transpose_rows(const ValueSource& values, Tensor& rows) const {
    constexpr int64_t kOutputs = 64;  // a divisor of kPanel
    const int64_t tasks = (g_.outputs + kOutputs - 1) / kOutputs;
    for_each_task(tasks, g_.inputs * g_.outputs, [&](int64_t task) {
      const int64_t first = task * kOutputs;
      const int64_t count = std::min(kOutputs, g_.outputs - first);
      std::vector<float> plain(static_cast<size_t>(count * g_.inputs));
      values.read(first * g_.inputs, plain);
      std::vector<float> turned(static_cast<size_t>(kOutputs * kOutputs));
      for (int64_t i = 0; i < g_.inputs; i += kOutputs) {
        const int64_t wide = std::min(kOutputs, g_.inputs - i);
        kernels().transpose(count, wide, plain.data() + i, g_.inputs, turned.data(), kOutputs);
        for (int64_t k = 0; k < wide; ++k) {
          put(turned.data() + k * kOutputs, count, at(rows, first / kPanel, i + k, first % kPanel));
        }
      }
    });
  }

  // The outputs with a signal, as places in `output`, where they are so few that reading them alone is less than
  // reading whole rows: a unit's seed is one.
  std::optional<std::vector<int64_t>> few_signals(const float* output) const {
    std::vector<int64_t> places;
    for (int64_t place = 0; place < g_.rows * g_.outputs; ++place) {
      if (output[place] == 0) continue;
      places.push_back(place);
      if (static_cast<int64_t>(places.size()) * kCacheLine > g_.outputs) return std::nullopt;
    }
    return places;
  }

  void gather(const Tensor& rows, int64_t i, const float* output, const std::vector<int64_t>& signals,
              float* input) const {
    for (const int64_t place : signals) {
      const int64_t o = place % g_.outputs;
      const FcRows one{.rows = {at(rows, o / kPanel, i, o % kPanel)}, .next = {}, .count = 1, .outputs = 1};
      float product;
      (half_ ? kernels().fc_dot_half : kernels().fc_dot)(one, output + place, 1, 1, &product);
      input[place / g_.outputs * g_.inputs + i] += product;
    }
  }

  // The signals, [panel][row][kRowStep].
  Tensor by_panel(const float* output) const {
    Tensor all(Shape{panels() * g_.rows * kRowStep});
    for (int64_t panel = 0; panel < panels(); ++panel) {
      for (int64_t row = 0; row < g_.rows; ++row) {
        std::copy_n(output + row * g_.outputs + panel * kPanel, width(panel),
                    all.data() + (panel * g_.rows + row) * kRowStep);
      }
    }
    return all;
  }

  // Of a group's inputs with one panel's outputs; added up over the panels, in order.
  void dot(const Tensor& rows, int64_t panel, const Runs& runs, size_t group, const Tensor& signals,
           float* input) const {
    const FcRows members = rows_of(rows, panel, 0, width(panel), runs, group);
    std::vector<float> parts(static_cast<size_t>(members.count * g_.rows));
    (half_ ? kernels().fc_dot_half : kernels().fc_dot)(members, signals.data() + panel * g_.rows * kRowStep, g_.rows,
                                                       kRowStep, parts.data());
    for (int k = 0; k < members.count; ++k) {
      for (int64_t row = 0; row < g_.rows; ++row) {
        input[row * g_.inputs + runs.input(group, k)] += parts[static_cast<size_t>(k * g_.rows + row)];
      }
    }
  }

  InnerProductGeometry g_;
  bool half_;
  std::string name_;
};

}  // namespace

bool has_half_kernels() { return kernels().narrow != nullptr; }

std::unique_ptr<InnerProduct> make_inner_product(const InnerProductGeometry& geometry, bool half) {
  return std::make_unique<VectorInnerProduct>(geometry, half);
}

}  // namespace deepvis::cpu::vector
