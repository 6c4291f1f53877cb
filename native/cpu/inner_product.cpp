#include "cpu/inner_product.hpp"

#include "core/error.hpp"
#include "cpu/reference/inner_product.hpp"
#include "cpu/vector/inner_product.hpp"

namespace deepvis::cpu {

std::unique_ptr<InnerProduct> make_inner_product(const InnerProductGeometry& geometry, KernelSet set, bool half) {
  if (half && (set == KernelSet::Reference || !vector::has_half_kernels())) {
    throw DeviceError(set == KernelSet::Reference
                          ? "the reference kernels have no weights in half precision"
                          : "this processor cannot widen weights in half precision; use precision fp32");
  }
  if (set == KernelSet::Reference) return reference::make_inner_product(geometry);
  return vector::make_inner_product(geometry, half);
}

}  // namespace deepvis::cpu
