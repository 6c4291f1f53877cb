// Convolution by oneDNN, channels last.
#pragma once

#include <memory>

#include "cpu/convolution.hpp"

namespace deepvis::cpu::onednn {

// Null where this build has no oneDNN, or oneDNN has nothing for the geometry on this processor that is better than
// plain loops.
std::unique_ptr<Convolution> make_convolution(const ConvolutionGeometry& geometry);

// "3.2.0", or empty where this build has none.
std::string_view version();

}  // namespace deepvis::cpu::onednn
