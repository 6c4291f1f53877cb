// Element-wise loops, in parallel when there is enough to do.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/parallel.hpp"

namespace deepvis::cpu::reference {

// Calls run(first, count) for pieces of [0, count).
template <class Run>
void for_each_piece(int64_t count, Run run) {
  constexpr int64_t kPiece = 1 << 14;
  for_each_task((count + kPiece - 1) / kPiece, count,
                [&](int64_t piece) { run(piece * kPiece, std::min(kPiece, count - piece * kPiece)); });
}

// Calls body(i) for every i in [0, count).
template <class Body>
void for_each(int64_t count, Body body) {
  for_each_piece(count, [&](int64_t first, int64_t length) {
    const Body own = body;  // on this thread's stack, where the compiler knows that no store changes it
    for (int64_t i = first; i < first + length; ++i) own(i);
  });
}

// Splits a blob around one axis: calls body(outer, inner) for every line along it; element i of a line is at
// (outer * extent + i) * inner_count + inner.
template <class Body>
void for_each_line(int64_t outer_count, [[maybe_unused]] int64_t extent, int64_t inner_count, Body body) {
#pragma omp parallel for if (worth_threads(outer_count * extent * inner_count)) num_threads(pass_threads())
  for (int64_t line = 0; line < outer_count * inner_count; ++line) body(line / inner_count, line % inner_count);
}

}  // namespace deepvis::cpu::reference
