// Depthwise convolution: each output sees one input channel, its own.
#pragma once

#include <memory>

#include "cpu/convolution.hpp"

namespace deepvis::cpu::vector {

inline bool is_depthwise(const ConvolutionGeometry& g) {
  return g.group > 1 && g.group == g.channels && g.group == g.outputs;
}

std::unique_ptr<Convolution> make_depthwise_convolution(const ConvolutionGeometry& geometry);

}  // namespace deepvis::cpu::vector
