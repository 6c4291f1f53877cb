// Element-wise loops, in parallel when there is enough to do.
#pragma once

#include <cstdint>

#include "core/parallel.hpp"

namespace deepvis::cpu::reference {

// Calls body(i) for every i in [0, count).
template <class Body>
void for_each(int64_t count, Body body) {
#pragma omp parallel for if (worth_threads(count)) num_threads(num_threads())
  for (int64_t i = 0; i < count; ++i) body(i);
}

// Splits a blob around one axis: calls body(outer, inner) for every line along it; element i of a line is at
// (outer * extent + i) * inner_count + inner.
template <class Body>
void for_each_line(int64_t outer_count, int64_t extent, int64_t inner_count, Body body) {
#pragma omp parallel for if (worth_threads(outer_count * extent * inner_count)) num_threads(num_threads())
  for (int64_t line = 0; line < outer_count * inner_count; ++line) body(line / inner_count, line % inner_count);
}

}  // namespace deepvis::cpu::reference
