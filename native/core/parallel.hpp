// Threads of the engine: how many a kernel may use, and loops over tasks.
#pragma once

#include <cstdint>
#include <exception>
#include <mutex>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace deepvis {

// Threads that all passes running at one time use together; at least 1. Starts as the number of processors this process
// may run on.
int num_threads();
void set_num_threads(int count);

// Threads that a kernel called here may use: the share of the pass that is running on this thread, or num_threads().
int pass_threads();

// While one of these lives on a thread, kernels called there get a share of the threads: as passes of several nets run
// at one time, each takes fewer, so that together they are not more than num_threads().
class PassThreads {
 public:
  PassThreads();
  ~PassThreads();
  PassThreads(const PassThreads&) = delete;
  PassThreads& operator=(const PassThreads&) = delete;

 private:
  int outer_;
};

// Whether a loop of so many element operations is long enough for starting threads to pay.
inline bool worth_threads(int64_t operations) { return operations > (1 << 16); }

// The calling thread's number among those of a loop below, from 0 to pass_threads() - 1.
inline int task_thread() {
#ifdef _OPENMP
  return omp_get_thread_num();
#else
  return 0;
#endif
}

// What tasks throw, for the thread that started them.
class TaskErrors {
 public:
  template <class Task>
  void catch_of(Task task) {
    try {
      task();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!first_) first_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr first_;
};

// Calls task(i) for every i in [0, count), in parallel where the work, in element operations, is worth it. Tasks must
// not depend on one another, and their results not on which thread ran them. The first exception is thrown again here,
// once all tasks have been tried. Each thread gets tasks that follow one another, and in every loop the same share: so
// it finds in its processor's own cache what it made in the loop before.
template <class Task>
void for_each_task(int64_t count, [[maybe_unused]] int64_t operations, Task task) {
  TaskErrors errors;
#pragma omp parallel for schedule(static) num_threads(pass_threads()) if (count > 1 && worth_threads(operations))
  for (int64_t i = 0; i < count; ++i) errors.catch_of([&] { task(i); });
  errors.rethrow();
}

}  // namespace deepvis
