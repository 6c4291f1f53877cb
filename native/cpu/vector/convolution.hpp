// Convolution by the project's own vector kernels, channels last.
#pragma once

#include <memory>

#include "cpu/convolution.hpp"

namespace deepvis::cpu::vector {

std::unique_ptr<Convolution> make_convolution(const ConvolutionGeometry& geometry);

}  // namespace deepvis::cpu::vector
