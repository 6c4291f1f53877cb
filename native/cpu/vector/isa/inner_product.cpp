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

// With more than one image, as many outputs at a time as let the rows stay in the first cache for all of them.
constexpr int64_t kBlock = 256;

template <class Weights, int kRows>
struct Rows {
  using Stored = typename Weights::Stored;
  const Stored* at[kRows];
  const Stored* next[kRows];

  Rows(const FcRows& given, int first) {
    for (int k = 0; k < kRows; ++k) {
      at[k] = static_cast<const Stored*>(given.rows[first + k]);
      next[k] = static_cast<const Stored*>(given.next[first + k]);
    }
  }

  // What to fetch while image `r` of a block that ends before `to` is worked on: a row of the block to come. The rows
  // stay in the first cache for all images but the first, so memory would stand idle.
  DEEPVIS_ALWAYS_INLINE const Stored* ahead(int64_t r, int64_t to, int64_t outputs) const {
    if (r == 0 || r > kRows) return nullptr;
    return to < outputs ? at[r - 1] + to : next[r - 1];
  }
};

// Adds to the outputs [from, to) of one image.
template <class Weights, int kRows>
DEEPVIS_ALWAYS_INLINE void accumulate_image(const Rows<Weights, kRows>& rows, const float (&factors)[kRows],
                                            int64_t from, int64_t to, float* sum,
                                            const typename Weights::Stored* ahead) {
  const int64_t whole = from + (to - from) / kLanes * kLanes;
  for (int64_t o = from; o < whole; o += kLanes) {
    if (ahead != nullptr) __builtin_prefetch(ahead + (o - from));
    // Two chains of additions, so that one need not wait for the other.
    Floats even = load(sum + o);
    Floats odd{};
#pragma GCC unroll 8
    for (int k = 0; k < kRows; ++k) {
      Floats& chain = k % 2 == 0 ? even : odd;
      chain += factors[k] * Weights::load_vector(rows.at[k] + o);
    }
    store(sum + o, even + odd);
  }
  for (int64_t o = whole; o < to; ++o) {
    for (int k = 0; k < kRows; ++k) sum[o] += factors[k] * Weights::load_one(rows.at[k] + o);
  }
}

template <class Weights, int kRows>
void accumulate_rows(const FcRows& weights, int first, const float* x, int64_t batch, float* sums, int64_t step) {
  const Rows<Weights, kRows> rows(weights, first);
  const int64_t block = batch == 1 ? weights.outputs : kBlock;
  for (int64_t from = 0; from < weights.outputs; from += block) {
    const int64_t to = from + block < weights.outputs ? from + block : weights.outputs;
    for (int64_t r = 0; r < batch; ++r) {
      float factors[kRows];
      for (int k = 0; k < kRows; ++k) factors[k] = x[(first + k) * batch + r];
      const auto* ahead = rows.ahead(r, to, weights.outputs);
      if (ahead == nullptr) {
        accumulate_image<Weights, kRows>(rows, factors, from, to, sums + r * step, nullptr);
      } else {
        accumulate_image<Weights, kRows>(rows, factors, from, to, sums + r * step, ahead);
      }
    }
  }
}

// The products of some rows with some images' signals: out[k · batch + r].
template <int kImages, class Weights, int kRows>
DEEPVIS_ALWAYS_INLINE void dot_of(const Rows<Weights, kRows>& rows, const Rows<Weights, kRows>* ahead, int64_t outputs,
                                  const float* signals, int64_t step, float* out, int64_t batch) {
  Floats sums[kRows][kImages] = {};
  const int64_t whole = outputs / kLanes * kLanes;
  for (int64_t o = 0; o < whole; o += kLanes) {
#pragma GCC unroll 8
    for (int k = 0; k < kRows; ++k) {
      if (ahead != nullptr) __builtin_prefetch(ahead->at[k] + o);
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

// With several images: as many of them as the registers hold sums for, of two rows.
constexpr int kPair = 2;
constexpr int kMostImages = kRegisters >= 32 ? 8 : 4;

template <int kImages, class Weights>
void dot_pair(const Rows<Weights, kPair>& rows, const Rows<Weights, kPair>* ahead, int64_t outputs,
              const float* signals, int64_t images, int64_t step, float* out, int64_t batch) {
  if constexpr (kImages > 1) {
    if (images < kImages) {
      return dot_pair<kImages - 1>(rows, ahead, outputs, signals, images, step, out, batch);
    }
  }
  if (ahead == nullptr) return dot_of<kImages, Weights, kPair>(rows, nullptr, outputs, signals, step, out, batch);
  dot_of<kImages>(rows, ahead, outputs, signals, step, out, batch);
}

// Two rows are too few for the processor to fetch ahead in: so the next two are asked for meanwhile.
template <class Weights>
void dot_images(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out) {
  FcRows next = weights;
  for (int k = 0; k < kFcRows; ++k) next.rows[k] = weights.next[k];
  for (int first = 0; first < kFcRows; first += kPair) {
    const Rows<Weights, kPair> rows(weights, first);
    const bool last = first + kPair == kFcRows;
    const Rows<Weights, kPair> ahead(last ? next : weights, last ? 0 : first + kPair);
    for (int64_t r = 0; r < batch; r += kMostImages) {
      const bool fetch = r == 0 && ahead.at[0] != nullptr && ahead.at[1] != nullptr;
      dot_pair<kMostImages>(rows, fetch ? &ahead : nullptr, weights.outputs, d + r * step,
                            batch - r < kMostImages ? batch - r : kMostImages, step, out + first * batch + r, batch);
    }
  }
}

template <class Weights>
void accumulate(const FcRows& weights, const float* x, int64_t batch, float* sums, int64_t step) {
  if (weights.count == kFcRows) return accumulate_rows<Weights, kFcRows>(weights, 0, x, batch, sums, step);
  for (int k = 0; k < weights.count; ++k) accumulate_rows<Weights, 1>(weights, k, x, batch, sums, step);
}

template <class Weights>
void dot(const FcRows& weights, const float* d, int64_t batch, int64_t step, float* out) {
  if (weights.count == kFcRows && batch > 1) return dot_images<Weights>(weights, d, batch, step, out);
  if (weights.count == kFcRows) {
    return dot_of<1, Weights, kFcRows>(Rows<Weights, kFcRows>(weights, 0), nullptr, weights.outputs, d, step, out,
                                       batch);
  }
  for (int k = 0; k < weights.count; ++k) {
    const Rows<Weights, 1> row(weights, k);
    for (int64_t r = 0; r < batch; ++r) {
      dot_of<1, Weights, 1>(row, nullptr, weights.outputs, d + r * step, step, out + k * batch + r, batch);
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
