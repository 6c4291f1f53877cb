// The exceptions of the engine. Bindings map each to the Python class of the same name under deepvis.Error.
#pragma once

#include <stdexcept>
#include <string>

namespace deepvis {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A file or text that is not what it should be: syntax, schema, truncation, an unknown layer type.
class FormatError : public Error {
 public:
  using Error::Error;
};

// A blob, parameter or seed whose shape does not fit.
class ShapeError : public Error {
 public:
  using Error::Error;
};

// A blob, layer, unit or field that does not exist.
class UnknownNameError : public Error {
 public:
  using Error::Error;
};

// A request that cannot be met in the object's present state, such as a backward pass before any forward pass.
class StateError : public Error {
 public:
  using Error::Error;
};

// A request that would go past a stated limit (memory, nesting, number of axes).
class LimitError : public Error {
 public:
  using Error::Error;
};

// A device that is absent or failed.
class DeviceError : public Error {
 public:
  using Error::Error;
};

}  // namespace deepvis
