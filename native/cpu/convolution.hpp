// A convolution as its layers see it: one geometry, run by one of several implementations.
#pragma once

#include <memory>
#include <string_view>

#include "core/layout.hpp"
#include "core/parameter.hpp"
#include "cpu/clamp.hpp"
#include "cpu/convolution_geometry.hpp"
#include "cpu/kernel_set.hpp"

namespace deepvis::cpu {

class Convolution {
 public:
  virtual ~Convolution() = default;

  // "reference", "avx2 convolution", "oneDNN brgconv:avx2"
  virtual std::string_view name() const = 0;
  // Of input and output, in both directions.
  virtual Layout layout() const = 0;

  // output = clamp(weights * input + bias). weights (O, C / group, kernel_h, kernel_w); bias (O) or null.
  virtual void forward(const float* input, Parameter& weights, const float* bias, Clamp clamp, float* output) = 0;
  // input = transposed weights * output + bias, where the bias has a value an input channel or is null (it is there for
  // Deconvolution). Overwrites all of the input.
  virtual void backward(const float* output, Parameter& weights, const float* bias, float* input) = 0;
};

// The best implementation that the set, this build and this processor have.
std::unique_ptr<Convolution> make_convolution(const ConvolutionGeometry& geometry, KernelSet set);

}  // namespace deepvis::cpu
