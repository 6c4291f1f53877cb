// Vectors of the instruction set that a file of this folder is being compiled for.
//
// The files of this folder are compiled several times, with DEEPVIS_ISA naming the set. They may use nothing of the
// standard library that could leave an inline function behind: the linker would keep one copy for the whole program,
// and it might be one with instructions that this processor lacks. So everything here is static or a template over
// static.
#pragma once

#include <cstdint>

#include "cpu/vector/kernels.hpp"

#if defined(__SSE__)
#include <immintrin.h>
#endif

#define DEEPVIS_ALWAYS_INLINE inline __attribute__((always_inline))

namespace deepvis::cpu::vector::DEEPVIS_ISA {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
constexpr int kRegisters = 32;
#elif defined(__AVX__)
constexpr int kLanes = 8;
constexpr int kRegisters = 16;
#elif defined(__aarch64__)
constexpr int kLanes = 4;
constexpr int kRegisters = 32;
#else
constexpr int kLanes = 4;
constexpr int kRegisters = 16;
#endif

namespace {

using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Mask = int32_t __attribute__((vector_size(kLanes * sizeof(float))));

// One instruction each, wherever `at` lies.
DEEPVIS_ALWAYS_INLINE Floats load(const float* at) {
  Floats values;
  __builtin_memcpy(&values, at, sizeof(values));
  return values;
}
DEEPVIS_ALWAYS_INLINE void store(float* at, Floats values) { __builtin_memcpy(at, &values, sizeof(values)); }

// The first `count` values; the others are 0.
DEEPVIS_ALWAYS_INLINE Floats load_some(const float* at, int64_t count) {
  Floats values{};
  for (int64_t i = 0; i < count; ++i) values[i] = at[i];
  return values;
}
DEEPVIS_ALWAYS_INLINE void store_some(float* at, Floats values, int64_t count) {
  for (int64_t i = 0; i < count; ++i) at[i] = values[i];
}

// x > best ? x : best, which is one instruction where compilers make three of it.
DEEPVIS_ALWAYS_INLINE Floats larger(Floats x, Floats best) {
#if defined(__AVX512F__)
  // All lanes by a mask: GCC 12 warns of its own header's unmasked form.
  const auto first = reinterpret_cast<__m512>(x);
  return reinterpret_cast<Floats>(_mm512_maskz_max_ps(0xFFFF, first, reinterpret_cast<__m512>(best)));
#elif defined(__AVX__)
  return reinterpret_cast<Floats>(_mm256_max_ps(reinterpret_cast<__m256>(x), reinterpret_cast<__m256>(best)));
#elif defined(__SSE__)
  return reinterpret_cast<Floats>(_mm_max_ps(reinterpret_cast<__m128>(x), reinterpret_cast<__m128>(best)));
#else
  return x > best ? x : best;
#endif
}

DEEPVIS_ALWAYS_INLINE Floats clamp(Floats x, float low, float high) {
  const Floats lowest = Floats{} + low;
  const Floats highest = Floats{} + high;
  x = x < lowest ? lowest : x;
  return x > highest ? highest : x;
}

DEEPVIS_ALWAYS_INLINE float sum_of(Floats x) {
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += x[i];
  return sum;
}

// Calls body(i, load, store) over [0, count): whole vectors, then one that is partly there.
template <class Body>
DEEPVIS_ALWAYS_INLINE void for_each_vector(int64_t count, Body body) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    body(
        i, [](const float* at) __attribute__((always_inline)) { return load(at); },
        [](float* at, Floats values) __attribute__((always_inline)) { store(at, values); });
  }
  if (const int64_t left = count - i; left > 0) {
    body(
        i, [left](const float* at) __attribute__((always_inline)) { return load_some(at, left); },
        [left](float* at, Floats values) __attribute__((always_inline)) { store_some(at, values, left); });
  }
}

}  // namespace

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
