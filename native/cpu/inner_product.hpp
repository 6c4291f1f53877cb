// An inner product as its layer sees it: one geometry, run by one of several implementations.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/parameter.hpp"
#include "cpu/kernel_set.hpp"

namespace deepvis::cpu {

struct InnerProductGeometry {
  int64_t rows = 0;    // images (or all axes before the layer's axis)
  int64_t inputs = 0;  // values a row
  int64_t outputs = 0;
  bool transposed = false;  // weights stored (inputs, outputs) instead of (outputs, inputs)

  int64_t operations() const { return rows * inputs * outputs; }
};

class InnerProduct {
 public:
  virtual ~InnerProduct() = default;

  virtual std::string_view name() const = 0;
  // output (rows, outputs) = input (rows, inputs) · weightsᵀ + bias (outputs) or null.
  virtual void forward(const float* input, Parameter& weights, const float* bias, float* output) = 0;
  // input = output · weights. Overwrites all of the input. With `only_where` (rows, inputs), values that are 0 there in
  // every row may be left 0 in the input.
  virtual void backward(const float* output, Parameter& weights, const float* only_where, float* input) = 0;
};

// With `half`, weights are kept in half precision (and the arithmetic done in single): half the memory to read, at a
// relative error of 2e-4. Throws DeviceError where this processor cannot widen them as fast as it reads them.
std::unique_ptr<InnerProduct> make_inner_product(const InnerProductGeometry& geometry, KernelSet set, bool half);

}  // namespace deepvis::cpu
