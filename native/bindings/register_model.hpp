// Caffe's files for Python: messages as dicts.
#pragma once

#include <pybind11/pybind11.h>

namespace deepvis::bindings {

void register_model(pybind11::module_& module);

}  // namespace deepvis::bindings
