#include "bindings/bindings.hpp"
#include "bindings/register_model.hpp"

PYBIND11_MODULE(_native, module) {
  module.doc() = "The engine of deepvis. Use it through deepvis.Net.";
  deepvis::bindings::register_errors(module);
  deepvis::bindings::register_model(module);
  deepvis::bindings::register_net(module);
  deepvis::bindings::register_machine(module);
}
