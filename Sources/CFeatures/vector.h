// Eight numbers side by side, and builds of one function for several processors.
#pragma once
#include <stddef.h>
#include <string.h>

/// Eight doubles: one AVX-512 register, or two or four smaller ones.
typedef double v8 __attribute__((vector_size(64)));
/// The same at any address.
typedef double v8u __attribute__((vector_size(64), aligned(8), may_alias));

#define INLINE static inline __attribute__((always_inline))

/// Compiles a function for AVX-512, for AVX2 with FMA and for the baseline; the loader takes the best.
#if defined(__x86_64__) && defined(__linux__)
#define FOR_EACH_PROCESSOR \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

INLINE v8 load(const double *from) { return *(const v8u *)from; }
INLINE void store(double *to, v8 value) { *(v8u *)to = value; }
INLINE v8 all(double value) { return value - (v8){}; }
INLINE v8 reversed(v8 x) { return __builtin_shufflevector(x, x, 7, 6, 5, 4, 3, 2, 1, 0); }

INLINE double sum(v8 x) {
  return ((x[0] + x[4]) + (x[1] + x[5])) + ((x[2] + x[6]) + (x[3] + x[7]));
}
