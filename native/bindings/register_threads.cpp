#include "bindings/bindings.hpp"
#include "core/parallel.hpp"

namespace py = pybind11;

namespace deepvis::bindings {

void register_threads(py::module_& module) {
  module.def("num_threads", &num_threads, "Threads that each pass may use.");
  module.def(
      "set_num_threads",
      [](int count) {
        if (count < 1) throw py::value_error("expected at least 1 thread, found " + std::to_string(count));
        set_num_threads(count);
      },
      py::arg("count"), "Sets how many threads each pass may use, for all nets.");
}

}  // namespace deepvis::bindings
