// Going back through a convolution to an input of few channels, such as a picture.
//
// A gather would leave vectors nearly empty: each input pixel has two or three channels. So the signal is first spread
// out into columns, what each output pixel owes to every place of its window (a matrix product, whose vectors run along
// the window and the channels), and the columns are then added up over the input.
#pragma once

#include <memory>

#include "cpu/convolution.hpp"

namespace deepvis::cpu {

// Whether this way pays for a geometry.
bool column_backward_pays(const ConvolutionGeometry& geometry);

// `convolution`, channels last, with its way back replaced.
std::unique_ptr<Convolution> with_column_backward(const ConvolutionGeometry& geometry,
                                                  std::unique_ptr<Convolution> convolution);

}  // namespace deepvis::cpu
