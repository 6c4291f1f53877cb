// The parts of the Python module deepvis._native.
#pragma once

#include <pybind11/pybind11.h>

namespace deepvis::bindings {

void register_errors(pybind11::module_& module);
void register_net(pybind11::module_& module);
void register_machine(pybind11::module_& module);

}  // namespace deepvis::bindings
