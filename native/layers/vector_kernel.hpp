// The name that layers give to the vector kernels they run on.
#pragma once

#include <string_view>

#include "cpu/isa.hpp"

namespace deepvis {

inline std::string_view vector_kernel() { return cpu::isa_name(cpu::best_isa()); }

}  // namespace deepvis
