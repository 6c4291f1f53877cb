#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace deepvis {

namespace {

int processors() {
#ifdef _OPENMP
  return std::max(1, omp_get_max_threads());
#else
  return 1;
#endif
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count{processors()};
  return count;
}

std::atomic<int> running_passes{0};
thread_local int share = 0;  // of the pass that runs on this thread; 0: none does

}  // namespace

int num_threads() { return thread_count().load(std::memory_order_relaxed); }

void set_num_threads(int count) { thread_count().store(std::max(1, count), std::memory_order_relaxed); }

int pass_threads() { return share > 0 ? share : num_threads(); }

PassThreads::PassThreads() : outer_(share) {
  const int running = running_passes.fetch_add(1, std::memory_order_relaxed) + 1;
  if (share == 0) share = std::max(1, num_threads() / running);
}

PassThreads::~PassThreads() {
  running_passes.fetch_sub(1, std::memory_order_relaxed);
  share = outer_;
}

}  // namespace deepvis
