// Of all that a net reads, the weights here are by far the most, and they set the pace. They are kept once, for both
// directions: cut into panels of outputs, and in each panel a row for every input. Going forward, the rows of inputs
// that are 0 (half and more of what a ReLU lets through) are not read at all; going back, each row is read once.
#include "cpu/vector/inner_product.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "cpu/isa.hpp"
#include "cpu/vector/kernels.hpp"

namespace deepvis::cpu::vector {

namespace {

constexpr int64_t kPanel = 512;        // outputs: a few rows of them stay in the first cache, whatever the batch
constexpr int64_t kInputsOfTask = 64;  // rows a task covers on the way back
constexpr int64_t kCacheLine = 16;     // floats

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
    std::vector<int32_t> active;
    std::vector<float> values;
    for (int64_t i = 0; i < g_.inputs; ++i) {
      bool any = false;
      for (int64_t row = 0; row < g_.rows; ++row) any |= input[row * g_.inputs + i] != 0;
      if (!any) continue;
      active.push_back(static_cast<int32_t>(i));
      for (int64_t row = 0; row < g_.rows; ++row) values.push_back(input[row * g_.inputs + i]);
    }
    std::vector<float> all_sums(static_cast<size_t>(pass_threads() * g_.rows * kPanel));
    for_each_task(panels(), g_.operations(), [&](int64_t panel) {
      const int64_t wide = width(panel);
      float* sums = all_sums.data() + task_thread() * g_.rows * kPanel;
      for (int64_t row = 0; row < g_.rows; ++row) {
        if (bias != nullptr) {
          std::copy_n(bias + panel * kPanel, wide, sums + row * kPanel);
        } else {
          std::fill_n(sums + row * kPanel, wide, 0.0F);
        }
      }
      const auto accumulate = half_ ? kernels().fc_accumulate_half : kernels().fc_accumulate;
      for (size_t k = 0; k < active.size(); k += kFcRows) {
        FcRows group{
            .rows = {}, .count = static_cast<int>(std::min<size_t>(kFcRows, active.size() - k)), .outputs = wide};
        for (int i = 0; i < group.count; ++i) group.rows[i] = at(rows, panel, active[k + static_cast<size_t>(i)]);
        accumulate(group, values.data() + k * static_cast<size_t>(g_.rows), g_.rows, sums, kPanel);
      }
      for (int64_t row = 0; row < g_.rows; ++row) {
        std::copy_n(sums + row * kPanel, wide, output + row * g_.outputs + panel * kPanel);
      }
    });
  }

  void backward(const float* output, Parameter& weights, float* input) override {
    const Tensor rows = packed(weights);
    const std::optional<std::vector<int64_t>> signals = few_signals(output);
    const int64_t tasks = (g_.inputs + kInputsOfTask - 1) / kInputsOfTask;
    for_each_task(tasks, g_.operations(), [&](int64_t task) {
      const int64_t last = std::min(g_.inputs, (task + 1) * kInputsOfTask);
      if (signals) {
        for (int64_t i = task * kInputsOfTask; i < last; ++i) gather(rows, i, output, *signals, input);
        return;
      }
      for (int64_t panel = 0; panel < panels(); ++panel) {
        for (int64_t i = task * kInputsOfTask; i < last; i += kFcRows) {
          dot(rows, panel, i, static_cast<int>(std::min<int64_t>(kFcRows, last - i)), output, input);
        }
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

  int64_t panels() const { return (g_.outputs + kPanel - 1) / kPanel; }
  int64_t width(int64_t panel) const { return std::min(kPanel, g_.outputs - panel * kPanel); }

  const void* at(const Tensor& rows, int64_t panel, int64_t input) const {
    const int64_t index = panel * kPanel * g_.inputs + input * width(panel);
    if (half_) return reinterpret_cast<const uint16_t*>(rows.data()) + index;
    return rows.data() + index;
  }
  void* at(Tensor& rows, int64_t panel, int64_t input) const {
    return const_cast<void*>(at(std::as_const(rows), panel, input));
  }

  void put(const float* values, int64_t count, void* to) const {
    if (half_) {
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
        put(row.data() + panel * kPanel, width(panel), at(rows, panel, i));
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
          auto* row = static_cast<std::byte*>(at(rows, first / kPanel, i + k));
          put(turned.data() + k * kOutputs, count, row + first % kPanel * (half_ ? 2 : 4));
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
    for (int64_t row = 0; row < g_.rows; ++row) input[row * g_.inputs + i] = 0;
    for (const int64_t place : signals) {
      const int64_t output_index = place % g_.outputs;
      const auto* row = static_cast<const std::byte*>(at(rows, output_index / kPanel, i));
      const FcRows one{.rows = {row + output_index % kPanel * (half_ ? 2 : 4)}, .count = 1, .outputs = 1};
      float product;
      (half_ ? kernels().fc_dot_half : kernels().fc_dot)(one, output + place, 1, 1, &product);
      input[place / g_.outputs * g_.inputs + i] += product;
    }
  }

  // Of `count` inputs from `i` on with one panel's outputs; added up over the panels, first to last.
  void dot(const Tensor& rows, int64_t panel, int64_t i, int count, const float* output, float* input) const {
    FcRows group{.rows = {}, .count = count, .outputs = width(panel)};
    for (int k = 0; k < count; ++k) group.rows[k] = at(rows, panel, i + k);
    std::vector<float> parts(static_cast<size_t>(count * g_.rows));
    (half_ ? kernels().fc_dot_half : kernels().fc_dot)(group, output + panel * kPanel, g_.rows, g_.outputs,
                                                       parts.data());
    for (int k = 0; k < count; ++k) {
      for (int64_t row = 0; row < g_.rows; ++row) {
        float& sum = input[row * g_.inputs + i + k];
        sum = (panel == 0 ? 0.0F : sum) + parts[static_cast<size_t>(k * g_.rows + row)];
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
