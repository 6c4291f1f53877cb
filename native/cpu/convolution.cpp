#include "cpu/convolution.hpp"

#include "cpu/column_backward.hpp"
#include "cpu/onednn/convolution.hpp"
#include "cpu/padded_pointwise.hpp"
#include "cpu/reference/convolution.hpp"
#include "cpu/vector/convolution.hpp"

namespace deepvis::cpu {

namespace {

std::unique_ptr<Convolution> fast_convolution(const ConvolutionGeometry& geometry, KernelSet set) {
  if (set == KernelSet::Best) {
    if (auto convolution = onednn::make_convolution(geometry)) return convolution;
  }
  return vector::make_convolution(geometry);
}

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvolutionGeometry& geometry, KernelSet set) {
  if (set == KernelSet::Reference) return reference::make_convolution(geometry);
  if (is_padded_pointwise(geometry)) {
    return with_border(geometry, make_convolution(without_padding(geometry), set));
  }
  auto convolution = fast_convolution(geometry, set);
  if (!column_backward_pays(geometry)) return convolution;
  return with_column_backward(geometry, std::move(convolution));
}

}  // namespace deepvis::cpu
