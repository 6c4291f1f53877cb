// A few rows of an inner product's weights at a time, each streamed through once. Weights may be stored in half
// precision and are widened on the way; the arithmetic is in single precision either way.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

namespace {

struct Single {
  using Stored = float;
  static DEEPVIS_ALWAYS_INLINE Floats load_vector(const float* at) { return load(at); }
  static DEEPVIS_ALWAYS_INLINE float load_one(const float* at) { return *at; }
};

#ifdef DEEPVIS_HALF_KERNELS
struct Half {
  using Stored = uint16_t;
#if defined(__aarch64__)
  using Halves = __fp16 __attribute__((vector_size(kLanes * 2), aligned(2), may_alias));
  static DEEPVIS_ALWAYS_INLINE Floats load_vector(const uint16_t* at) {
    return __builtin_convertvector(*reinterpret_cast<const Halves*>(at), Floats);
  }
  static DEEPVIS_ALWAYS_INLINE float load_one(const uint16_t* at) {
    return static_cast<float>(*reinterpret_cast<const __fp16*>(at));
  }
#else
  static DEEPVIS_ALWAYS_INLINE Floats load_vector(const uint16_t* at) {
#if defined(__AVX512F__)
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    return reinterpret_cast<Floats>(_mm512_maskz_cvtph_ps(0xFFFF, halves));
#else
    return reinterpret_cast<Floats>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))));
#endif
  }
  static DEEPVIS_ALWAYS_INLINE float load_one(const uint16_t* at) { return _cvtsh_ss(*at); }
#endif
};
#endif

// How far ahead weights are asked for, in values, where there are several images: all that arithmetic keeps the
// processor from looking so far by itself.
constexpr int64_t kAhead = 512;

// The weights' rows that are taken together, and those that are taken after them (or, where there are none, the same).
template <class Weights, int kRows>
struct Rows {
  using Stored = typename Weights::Stored;
  const Stored* at[kRows];
  const Stored* next[kRows];

  Rows(const FcRows& given, int first) {
    for (int k = 0; k < kRows; ++k) {
      const int after = first + kRows + k;
      at[k] = static_cast<const Stored*>(given.rows[first + k]);
      next[k] = static_cast<const Stored*>(after < kFcRows ? given.rows[after] : given.next[after - kFcRows]);
      if (next[k] == nullptr) next[k] = at[k];
    }
  }

  // Asks for one vector of each, while the one at `o` is worked on.
  DEEPVIS_ALWAYS_INLINE void fetch(int64_t o, int64_t outputs) const {
    const int64_t ahead = o + kAhead;
    for (int k = 0; k < kRows; ++k) {
      __builtin_prefetch(ahead < outputs ? at[k] + ahead : next[k] + (ahead - outputs));
    }
  }
};

// With several images, sums of as many as the registers hold, two vectors of each.
constexpr int kMostImages = kRegisters >= 32 ? 8 : 4;

// Adds to kWide vectors of outputs of kImages images, from `o` on. Each weight is loaded once for all of them.
template <int kImages, int kWide, class Weights, int kRows>
DEEPVIS_ALWAYS_INLINE void accumulate_vectors(const Rows<Weights, kRows>& rows, const float* x, int64_t batch,
                                              float* sums, int64_t step, int64_t o) {
  Floats own[kImages][kWide];
#pragma GCC unroll 8
  for (int r = 0; r < kImages; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kWide; ++v) own[r][v] = load(sums + r * step + o + v * kLanes);
  }
#pragma GCC unroll 8
  for (int k = 0; k < kRows; ++k) {
    Floats row[kWide];
#pragma GCC unroll 2
    for (int v = 0; v < kWide; ++v) row[v] = Weights::load_vector(rows.at[k] + o + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kImages; ++r) {
      const float factor = x[k * batch + r];
#pragma GCC unroll 2
      for (int v = 0; v < kWide; ++v) own[r][v] += factor * row[v];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kImages; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kWide; ++v) store(sums + r * step + o + v * kLanes, own[r][v]);
  }
}

template <int kImages, class Weights, int kRows>
void accumulate_images(const Rows<Weights, kRows>& rows, int64_t outputs, const float* x, int64_t images, int64_t batch,
                       float* sums, int64_t step) {
  if constexpr (kImages > 1) {
    if (images < kImages) {
      return accumulate_images<kImages - 1>(rows, outputs, x, images, batch, sums, step);
    }
  }
  constexpr int kWide = 2;
  int64_t o = 0;
  for (; o + kWide * kLanes <= outputs; o += kWide * kLanes) {
    for (int v = 0; v < kWide; ++v) rows.fetch(o + v * kLanes, outputs);
    accumulate_vectors<kImages, kWide>(rows, x, batch, sums, step, o);
  }
  for (; o + kLanes <= outputs; o += kLanes) accumulate_vectors<kImages, 1>(rows, x, batch, sums, step, o);
  for (; o < outputs; ++o) {
    for (int k = 0; k < kRows; ++k) {
      const float weight = Weights::load_one(rows.at[k] + o);
      for (int r = 0; r < kImages; ++r) sums[r * step + o] += x[k * batch + r] * weight;
    }
  }
}

// With one image, or with two, all factors fit into registers, and nothing but weights and sums has to be loaded: then
// the processor sees far enough ahead by itself.
template <int kImages, class Weights, int kRows>
void accumulate_few_images(const Rows<Weights, kRows>& rows, int64_t outputs, const float* x, float* sums,
                           int64_t step) {
  Floats factors[kRows][kImages];
  for (int k = 0; k < kRows; ++k) {
    for (int r = 0; r < kImages; ++r) factors[k][r] = Floats{} + x[k * kImages + r];
  }
  int64_t o = 0;
  for (; o + kLanes <= outputs; o += kLanes) {
    // Two chains of additions an image, so that one need not wait for the other.
    Floats chains[kImages][2];
#pragma GCC unroll 2
    for (int r = 0; r < kImages; ++r) {
      chains[r][0] = load(sums + r * step + o);
      chains[r][1] = Floats{};
    }
#pragma GCC unroll 8
    for (int k = 0; k < kRows; ++k) {
      const Floats row = Weights::load_vector(rows.at[k] + o);
#pragma GCC unroll 2
      for (int r = 0; r < kImages; ++r) chains[r][k % 2] += factors[k][r] * row;
    }
#pragma GCC unroll 2
    for (int r = 0; r < kImages; ++r) store(sums + r * step + o, chains[r][0] + chains[r][1]);
  }
  for (; o < outputs; ++o) {
    for (int k = 0; k < kRows; ++k) {
      for (int r = 0; r < kImages; ++r) sums[r * step + o] += x[k * kImages + r] * Weights::load_one(rows.at[k] + o);
    }
  }
}

template <class Weights, int kRows>
void accumulate_rows(const FcRows& weights, int first, const float* x, int64_t batch, float* sums, int64_t step) {
  const Rows<Weights, kRows> rows(weights, first);
  x += first * batch;
  if (batch == 1) return accumulate_few_images<1>(rows, weights.outputs, x, sums, step);
  if (batch == 2 && kRegisters >= 32) return accumulate_few_images<2>(rows, weights.outputs, x, sums, step);
  for (int64_t r = 0; r < batch; r += kMostImages) {
    accumulate_images<kMostImages>(rows, weights.outputs, x + r, batch - r, batch, sums + r * step, step);
  }
}

// The products of some rows with some images' signals: out[k · batch + r].
template <int kImages, class Weights, int kRows>
DEEPVIS_ALWAYS_INLINE void dot_of(const Rows<Weights, kRows>& rows, bool fetch, int64_t outputs, const float* signals,
                                  int64_t step, float* out, int64_t batch) {
  Floats sums[kRows][kImages] = {};
  const int64_t whole = outputs / kLanes * kLanes;
  for (int64_t o = 0; o < whole; o += kLanes) {
    if (fetch) rows.fetch(o, outputs);
#pragma GCC unroll 8
    for (int k = 0; k < kRows; ++k) {
      const Floats row = Weights::load_vector(rows.at[k] + o);
#pragma GCC unroll 8
      for (int r = 0; r < kImages; ++r) sums[k][r] += load(signals + r * step + o) * row;
    }
  }
  for (int k = 0; k < kRows; ++k) {
    for (int r = 0; r < kImages; ++r) {
      float total = sum_of(sums[k][r]);
      for (int64_t o = whole; o < outputs; ++o) total += signals[r * step + o] * Weights::load_one(rows.at[k] + o);
      out[k * batch + r] = total;
    }
  }
}

// As many rows at a time as leave registers for the sums of kImages images.
template <int kImages, class Weights>
void dot_images(const FcRows& weights, const float* signals, int64_t images, int64_t step, float* out, int64_t batch,
                bool fetch) {
  if constexpr (kImages > 1) {
    if (images < kImages) {
      return dot_images<kImages - 1, Weights>(weights, signals, images, step, out, batch, fetch);
    }
  }
  constexpr int kSums = kRegisters >= 32 ? 16 : 8;
  constexpr int kMost = kSums / kImages;
  constexpr int kRows = kMost >= 8 ? 8 : kMost >= 4 ? 4 : 2;
  for (int first = 0; first < kFcRows; first += kRows) {
    dot_of<kImages, Weights, kRows>(Rows<Weights, kRows>(weights, first), fetch, weights.outputs, signals, step,
                                    out + first * batch, batch);
  }
}

template <class Weights>
void accumulate(const FcRows& weights, const float* x, int64_t batch, float* sums, int64_t step) {
  if (weights.count == kFcRows) return accumulate_rows<Weights, kFcRows>(weights, 0, x, batch, sums, step);
  for (int k = 0; k < weights.count; ++k) accumulate_rows<Weights, 1>(weights, k, x, batch, sums, step);
}

template <class Weights>
void dot(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out) {
  if (weights.count == kFcRows && batch == 1) {
    return dot_of<1, Weights, kFcRows>(Rows<Weights, kFcRows>(weights, 0), false, weights.outputs, d, step, out, batch);
  }
  if (weights.count == kFcRows) {
    for (int64_t r = 0; r < batch; r += kMostImages) {
      dot_images<kMostImages, Weights>(weights, d + r * step, batch - r, step, out + r, batch, r == 0);
    }
    return;
  }
  for (int k = 0; k < weights.count; ++k) {
    const Rows<Weights, 1> row(weights, k);
    for (int64_t r = 0; r < batch; ++r) {
      dot_of<1, Weights, 1>(row, false, weights.outputs, d + r * step, step, out + k * batch + r, batch);
    }
  }
}

}  // namespace

void fc_accumulate(const FcRows& weights, const float* x, int64_t batch, float* sums, int64_t step) {
  accumulate<Single>(weights, x, batch, sums, step);
}
void fc_dot(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out) {
  dot<Single>(weights, d, batch, step, out);
}

#ifdef DEEPVIS_HALF_KERNELS
void fc_accumulate_half(const FcRows& weights, const float* x, int64_t batch, float* sums, int64_t step) {
  accumulate<Half>(weights, x, batch, sums, step);
}
void fc_dot_half(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out) {
  dot<Half>(weights, d, batch, step, out);
}
void narrow(int64_t count, const float* x, uint16_t* half) {
  for (int64_t i = 0; i < count; ++i) {
#if defined(__aarch64__)
    const __fp16 narrowed = static_cast<__fp16>(x[i]);
    __builtin_memcpy(half + i, &narrowed, sizeof(narrowed));
#else
    half[i] = static_cast<uint16_t>(_cvtss_sh(x[i], _MM_FROUND_TO_NEAREST_INT));
#endif
  }
}
#endif

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
