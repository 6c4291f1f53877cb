// A convolution of which one output channel is wanted: a dot product a position, and none of the other channels'
// weights are read.
#pragma once

#include <memory>

#include "cpu/convolution.hpp"

namespace deepvis::cpu {

// `geometry` is that of all channels. The output has one: (N, 1, H', W'), and weights and bias are those of all. Its
// blobs lie as those of make_convolution(geometry, set) would.
std::unique_ptr<Convolution> make_unit_convolution(const ConvolutionGeometry& geometry, int64_t channel, KernelSet set);

}  // namespace deepvis::cpu
