// What this machine can do at best: the measures that a benchmark holds its numbers against.
#pragma once

#include <cstdint>

namespace deepvis::cpu {

// Floating-point operations a second in registers, with pass_threads() threads: the best of a few tries.
double peak_flops();

// Bytes read a second from memory that no cache holds, `bytes` of it, with pass_threads() threads: the best and the
// median of `tries`. Throws LimitError when the memory cannot be had.
struct Bandwidth {
  double best, median;
};
Bandwidth read_bandwidth(int64_t bytes, int tries);

}  // namespace deepvis::cpu
