// NumPy arrays over the engine's tensors, and back.
#pragma once

#include <pybind11/numpy.h>

#include <cstring>

#include "core/tensor.hpp"

namespace deepvis::bindings {

using FloatArray = pybind11::array_t<float, pybind11::array::c_style | pybind11::array::forcecast>;

// A writable view: no copy, and the array keeps the numbers alive.
inline pybind11::array_t<float> view(const Tensor& tensor) {
  auto* owner = new std::shared_ptr<float[]>(tensor.storage());
  const pybind11::capsule keep(owner, [](void* held) { delete static_cast<std::shared_ptr<float[]>*>(held); });
  const std::vector<pybind11::ssize_t> dims(tensor.shape().dims().begin(), tensor.shape().dims().end());
  return pybind11::array_t<float>(dims, tensor.storage().get(), keep);
}

inline Shape shape_of(const pybind11::array& array) {
  return Shape(std::vector<int64_t>(array.shape(), array.shape() + array.ndim()));
}

// The values of a C-contiguous array.
inline std::span<const float> values_of(const FloatArray& array) {
  return {array.data(), static_cast<size_t>(array.size())};
}

inline Tensor copy_of(const FloatArray& array) {
  Tensor tensor(shape_of(array));
  std::memcpy(tensor.data(), array.data(), tensor.values().size_bytes());
  return tensor;
}

inline pybind11::tuple to_tuple(const Shape& shape) {
  pybind11::tuple result(static_cast<size_t>(shape.axes()));
  for (int axis = 0; axis < shape.axes(); ++axis) result[static_cast<size_t>(axis)] = shape[axis];
  return result;
}

}  // namespace deepvis::bindings
