// A convolution, either way, as stride-one gathers: which source positions each destination position sums over.
//
// Going back through a stride, neighbouring positions of the input see different taps of the kernel. Those that see the
// same taps form a phase: with a stride of (2, 2) there are four.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/convolution_geometry.hpp"

namespace deepvis::cpu::vector {

struct Tap {
  int64_t dy, dx;  // where it looks, from i · source_step_y and j · source_step_x on
  int64_t ky, kx;  // which of the kernel's weights it takes
};

struct Phase {
  int64_t height = 0, width = 0;  // of the grid of destination positions (i, j)
  int64_t first_y = 0, first_x = 0;
  int64_t step_y = 1, step_x = 1;  // grid position (i, j) is destination position first + i · step
  int64_t source_step_y = 1, source_step_x = 1;
  std::vector<Tap> taps;
};

// The one phase of going forward: destination is the output, source the input.
std::vector<Phase> forward_phases(const ConvolutionGeometry& geometry);
// The phases of going back: destination is the input, source the output.
std::vector<Phase> backward_phases(const ConvolutionGeometry& geometry);

}  // namespace deepvis::cpu::vector
