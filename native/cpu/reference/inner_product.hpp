// Fully connected layers, forward and back to their input.
#pragma once

#include "cpu/inner_product.hpp"

namespace deepvis::cpu::reference {

// output (rows, outputs) = input (rows, inputs) · weightsᵀ + bias (outputs) or null.
void inner_product_forward(const InnerProductGeometry& geometry, const float* input, const float* weights,
                           const float* bias, float* output);

// input_diff = output_diff · weights. Overwrites input_diff.
void inner_product_backward(const InnerProductGeometry& geometry, const float* output_diff, const float* weights,
                            float* input_diff);

std::unique_ptr<InnerProduct> make_inner_product(const InnerProductGeometry& geometry);

}  // namespace deepvis::cpu::reference
