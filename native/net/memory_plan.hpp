// Sharing memory among numbers that are not needed at one time.
#pragma once

#include <cstdint>
#include <vector>

namespace deepvis {

// Numbers that are needed from one step of a pass to another, both included.
struct Lifetime {
  int first = 0, last = 0;
  int64_t size = 0;
  bool always = false;  // needed beyond the pass: they get memory of their own
};

// A buffer number for each lifetime; -1: memory of its own. Lifetimes that overlap never have one buffer. Takes the
// largest first and gives each the first buffer that is free all its life, which is near the least there can be.
std::vector<int> share_buffers(const std::vector<Lifetime>& lifetimes);

}  // namespace deepvis
