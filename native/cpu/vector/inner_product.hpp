// Inner products by the vector kernels.
#pragma once

#include "cpu/inner_product.hpp"

namespace deepvis::cpu::vector {

std::unique_ptr<InnerProduct> make_inner_product(const InnerProductGeometry& geometry, bool half);

// Whether this processor has kernels for weights in half precision.
bool has_half_kernels();

}  // namespace deepvis::cpu::vector
