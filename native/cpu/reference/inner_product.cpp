// The weights are by far the most memory a net reads, so both directions read them once and in order, whatever the
// number of rows.
#include "cpu/reference/inner_product.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "cpu/reference/matrix.hpp"

namespace deepvis::cpu::reference {

namespace {

// result[row, o] = dot(weights[o, :], values[row, :]): a thread takes some of the weights' rows.
void multiply_by_rows(int64_t rows, int64_t width, int64_t results, const float* values, const float* weights,
                      float* result) {
#pragma omp parallel for if (worth_threads(rows * width * results)) num_threads(pass_threads())
  for (int64_t o = 0; o < results; ++o) {
    for (int64_t row = 0; row < rows; ++row) {
      result[row * results + o] = dot(weights + o * width, values + row * width, width);
    }
  }
}

// result[row, :] = Σ values[row, o] · weights[o, :]: a thread takes some of the weights' columns.
void multiply_by_columns(int64_t rows, int64_t width, int64_t results, const float* values, const float* weights,
                         float* result) {
  constexpr int64_t kStrip = 2048;
  const int64_t strips = (results + kStrip - 1) / kStrip;
#pragma omp parallel for schedule(dynamic) if (worth_threads(rows * width * results)) num_threads(pass_threads())
  for (int64_t strip = 0; strip < strips; ++strip) {
    const int64_t first = strip * kStrip;
    const int64_t count = std::min(kStrip, results - first);
    for (int64_t row = 0; row < rows; ++row) std::fill_n(result + row * results + first, count, 0.0F);
    for (int64_t o = 0; o < width; ++o) {
      for (int64_t row = 0; row < rows; ++row) {
        const float value = values[row * width + o];
        if (value != 0) axpy(value, weights + o * results + first, result + row * results + first, count);
      }
    }
  }
}

}  // namespace

void inner_product_forward(const InnerProductGeometry& g, const float* input, const float* weights, const float* bias,
                           float* output) {
  if (g.transposed) {
    multiply_by_columns(g.rows, g.inputs, g.outputs, input, weights, output);
  } else {
    multiply_by_rows(g.rows, g.inputs, g.outputs, input, weights, output);
  }
  if (bias == nullptr) return;
  for (int64_t row = 0; row < g.rows; ++row) axpy(1.0F, bias, output + row * g.outputs, g.outputs);
}

void inner_product_backward(const InnerProductGeometry& g, const float* output_diff, const float* weights,
                            float* input_diff) {
  if (g.transposed) {
    multiply_by_rows(g.rows, g.outputs, g.inputs, output_diff, weights, input_diff);
  } else {
    multiply_by_columns(g.rows, g.outputs, g.inputs, output_diff, weights, input_diff);
  }
}

namespace {

class ReferenceInnerProduct final : public InnerProduct {
 public:
  explicit ReferenceInnerProduct(const InnerProductGeometry& geometry) : geometry_(geometry) {}

  std::string_view name() const override { return "reference"; }

  void forward(const float* input, Parameter& weights, const float* bias, float* output) override {
    inner_product_forward(geometry_, input, weights.data(), bias, output);
  }

  void backward(const float* output, Parameter& weights, const float*, float* input) override {
    inner_product_backward(geometry_, output, weights.data(), input);
  }

 private:
  InnerProductGeometry geometry_;
};

}  // namespace

std::unique_ptr<InnerProduct> make_inner_product(const InnerProductGeometry& geometry) {
  return std::make_unique<ReferenceInnerProduct>(geometry);
}

}  // namespace deepvis::cpu::reference
