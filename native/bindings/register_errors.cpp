// Exceptions of the engine become the classes of deepvis.errors.
#include <cerrno>
#include <filesystem>

#include "bindings/bindings.hpp"
#include "core/error.hpp"

namespace py = pybind11;

namespace deepvis::bindings {

namespace {

void raise(const char* class_name, const std::string& message) {
  const py::object type = py::module_::import("deepvis.errors").attr(class_name);
  PyErr_SetString(type.ptr(), message.c_str());
}

void raise_os_error(const std::filesystem::filesystem_error& error) {
  errno = error.code().value();
  PyErr_SetFromErrnoWithFilename(PyExc_OSError, error.path1().c_str());
}

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const FormatError& error) {
    raise("FormatError", error.what());
  } catch (const ShapeError& error) {
    raise("ShapeError", error.what());
  } catch (const UnknownNameError& error) {
    raise("UnknownNameError", error.what());
  } catch (const StateError& error) {
    raise("StateError", error.what());
  } catch (const LimitError& error) {
    raise("LimitError", error.what());
  } catch (const DeviceError& error) {
    raise("DeviceError", error.what());
  } catch (const Error& error) {
    raise("Error", error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    raise_os_error(error);
  }
}

}  // namespace

void register_errors(py::module_&) { py::register_local_exception_translator(&translate); }

}  // namespace deepvis::bindings
