// Fully connected layers, forward and back to their input.
#pragma once

#include <cstdint>

namespace deepvis::cpu::reference {

struct InnerProductGeometry {
  int64_t rows = 0;    // images (or all axes before the layer's axis)
  int64_t inputs = 0;  // values a row
  int64_t outputs = 0;
  bool transposed = false;  // weights stored (inputs, outputs) instead of (outputs, inputs)
};

// output (rows, outputs) = input (rows, inputs) · weightsᵀ + bias (outputs) or null.
void inner_product_forward(const InnerProductGeometry& geometry, const float* input, const float* weights,
                           const float* bias, float* output);

// input_diff = output_diff · weights. Overwrites input_diff.
void inner_product_backward(const InnerProductGeometry& geometry, const float* output_diff, const float* weights,
                            float* input_diff);

}  // namespace deepvis::cpu::reference
