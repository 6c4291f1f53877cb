// Which instruction set the vector kernels use.
#pragma once

#include <cstdint>
#include <string_view>

namespace deepvis::cpu {

enum class Isa : uint8_t {
  Baseline,  // what every processor of the architecture has: SSE2 on x86-64, NEON on arm64
  Avx2,      // AVX2, FMA and F16C
  Avx512,    // AVX-512 F, BW, DQ and VL
};

// The best that this processor and this build have. DEEPVIS_ISA=baseline or avx2 in the environment asks for less, for
// tests and comparisons; read once.
Isa best_isa();

// "baseline", "avx2", "avx512".
std::string_view isa_name(Isa isa);

}  // namespace deepvis::cpu
