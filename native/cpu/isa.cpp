#include "cpu/isa.hpp"

#include <algorithm>
#include <cstdlib>

namespace deepvis::cpu {

namespace {

Isa processor_isa() {
#if defined(DEEPVIS_X86_KERNELS)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return Isa::Avx512;
  }
  // Every processor with AVX2 has F16C.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::Avx2;
#endif
  return Isa::Baseline;
}

Isa wanted_isa() {
  const char* name = std::getenv("DEEPVIS_ISA");
  const std::string_view wanted = name == nullptr ? "" : name;
  for (const Isa isa : {Isa::Baseline, Isa::Avx2}) {
    if (wanted == isa_name(isa)) return isa;
  }
  return Isa::Avx512;
}

}  // namespace

Isa best_isa() {
  static const Isa isa = std::min(processor_isa(), wanted_isa());
  return isa;
}

std::string_view isa_name(Isa isa) {
  switch (isa) {
    case Isa::Avx512:
      return "avx512";
    case Isa::Avx2:
      return "avx2";
    case Isa::Baseline:
      break;
  }
  return "baseline";
}

}  // namespace deepvis::cpu
