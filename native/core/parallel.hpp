// Threads of the engine: how many a kernel may use.
#pragma once

#include <cstdint>

namespace deepvis {

// Threads each pass uses; at least 1. Starts as the number of processors this process may run on.
int num_threads();
void set_num_threads(int count);

// Whether a loop of so many element operations is long enough for starting threads to pay.
inline bool worth_threads(int64_t operations) { return operations > (1 << 16); }

}  // namespace deepvis
