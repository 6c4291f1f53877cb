// Which implementations of the arithmetic a net may use.
#pragma once

#include <cstdint>

namespace deepvis::cpu {

enum class KernelSet : uint8_t {
  Reference,  // plain loops only: the oracle
  Portable,   // the project's own vector kernels where there are any
  Best,       // those, and oneDNN where it was built in
};

}  // namespace deepvis::cpu
