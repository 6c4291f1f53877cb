// A convolution of one pixel with padding around its input: the border that this adds to the output sees nothing.
//
// SqueezeNet v1.0 ends in such a layer, where a quarter of the output is border.
#pragma once

#include <memory>

#include "cpu/convolution.hpp"

namespace deepvis::cpu {

bool is_padded_pointwise(const ConvolutionGeometry& geometry);
// The geometry without its padding: what `inner` of the next function computes.
ConvolutionGeometry without_padding(const ConvolutionGeometry& geometry);

// Wraps a convolution that leaves the border out. Precondition: inner->layout() == Layout::ChannelsLast.
std::unique_ptr<Convolution> with_border(const ConvolutionGeometry& geometry, std::unique_ptr<Convolution> inner);

}  // namespace deepvis::cpu
