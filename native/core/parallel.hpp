// Threads of the engine: how many a kernel may use.
#pragma once

namespace deepvis {

// Threads each pass uses; at least 1. Starts as the number of processors this process may run on.
int num_threads();
void set_num_threads(int count);

}  // namespace deepvis
