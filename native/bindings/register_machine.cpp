#include "bindings/bindings.hpp"
#include "core/parallel.hpp"
#include "cpu/isa.hpp"
#include "cpu/onednn/convolution.hpp"
#include "cpu/probe.hpp"

namespace py = pybind11;

namespace deepvis::bindings {

void register_machine(py::module_& module) {
  module.def("num_threads", &num_threads, "Threads that all passes running at one time use together.");
  module.def(
      "set_num_threads",
      [](int count) {
        if (count < 1) throw py::value_error("expected at least 1 thread, found " + std::to_string(count));
        set_num_threads(count);
      },
      py::arg("count"),
      "Sets how many threads passes may use: those that run at one time share them, for all nets together.");

  module.def("instruction_set", [] { return std::string(cpu::isa_name(cpu::best_isa())); });
  module.def("onednn_version", [] { return std::string(cpu::onednn::version()); });
  module.def(
      "peak_flops",
      [] {
        const py::gil_scoped_release release;
        return cpu::peak_flops();
      },
      "Floating-point operations a second that this machine's threads can do at best.");
  module.def(
      "read_bandwidth",
      [](int64_t bytes, int tries) {
        if (bytes < 1 << 20 || tries < 1) throw py::value_error("expected at least 1 MiB and one try");
        const py::gil_scoped_release release;
        const cpu::Bandwidth found = cpu::read_bandwidth(bytes, tries);
        return std::make_pair(found.best, found.median);
      },
      py::arg("bytes"), py::arg("tries") = 15,
      "Bytes a second read from memory: the best of the tries and the median.");
}

}  // namespace deepvis::bindings
