// Going back through a strided convolution to an input of few channels, such as a picture, without wasting vectors.
//
// Each of the stride's phases alone would compute two or three channels. So all phases are computed at once, as the
// channels of a picture that is coarser by the stride: a convolution of stride one over the output, whose result is
// then spread out over the input. The sums are the same; some weights are zeros that stand for taps beyond the kernel.
#pragma once

#include <memory>

#include "cpu/convolution.hpp"

namespace deepvis::cpu {

// Whether this way pays for a geometry.
bool coarse_backward_pays(const ConvolutionGeometry& geometry);

// The convolution of stride one.
ConvolutionGeometry coarse_geometry(const ConvolutionGeometry& geometry);

// `convolution` with its way back replaced by `coarse`, a convolution of coarse_geometry(geometry).
std::unique_ptr<Convolution> with_coarse_backward(const ConvolutionGeometry& geometry,
                                                  std::unique_ptr<Convolution> convolution,
                                                  std::unique_ptr<Convolution> coarse);

}  // namespace deepvis::cpu
