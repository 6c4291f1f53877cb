#include "cpu/vector/kernels.hpp"

#include "cpu/isa.hpp"

namespace deepvis::cpu::vector {

// Defined by isa/table.cpp, once an instruction set.
namespace baseline {
extern const Kernels kTable;
}
#ifdef DEEPVIS_X86_KERNELS
namespace avx2 {
extern const Kernels kTable;
}
namespace avx512 {
extern const Kernels kTable;
}
#endif

const Kernels& kernels() {
  switch (best_isa()) {
#ifdef DEEPVIS_X86_KERNELS
    case Isa::Avx512:
      return avx512::kTable;
    case Isa::Avx2:
      return avx2::kTable;
#endif
    default:
      return baseline::kTable;
  }
}

}  // namespace deepvis::cpu::vector
