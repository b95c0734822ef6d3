// Eight numbers side by side, and builds of one function for several processors.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Eight doubles: one AVX-512 register, or two or four smaller ones.
typedef double v8 __attribute__((vector_size(64)));
/// The same at any address.
typedef double v8u __attribute__((vector_size(64), aligned(8), may_alias));
/// Eight floats at any address.
typedef float f8u __attribute__((vector_size(32), aligned(4), may_alias));

/// Eight integers, or the truth of eight comparisons.
typedef int64_t i8 __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))

/// Defines `void name(parameters)` as a call of the inline function `name_body`, compiled for AVX-512, for AVX2 with
/// FMA and for the baseline; the loader takes the best for the processor.
#if defined(__x86_64__) && defined(__linux__)
#define FOR_EACH_PROCESSOR(name, parameters, arguments)                              \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"))) void \
  name parameters {                                                                  \
    name##_body arguments;                                                           \
  }
#else
#define FOR_EACH_PROCESSOR(name, parameters, arguments) \
  void name parameters { name##_body arguments; }
#endif

INLINE v8 load(const double *from) { return *(const v8u *)from; }
INLINE void store(double *to, v8 value) { *(v8u *)to = value; }
INLINE v8 all(double value) { return value - (v8){}; }
/// a where the mask is true, else b.
INLINE v8 where(i8 mask, v8 a, v8 b) { return (v8)((mask & (i8)a) | (~mask & (i8)b)); }
INLINE v8 reversed(v8 x) { return __builtin_shufflevector(x, x, 7, 6, 5, 4, 3, 2, 1, 0); }

INLINE double sum(v8 x) { return ((x[0] + x[4]) + (x[1] + x[5])) + ((x[2] + x[6]) + (x[3] + x[7])); }

/// The first `count` (at most 8) of eight values, the rest zero.
INLINE v8 load_some(const double *from, size_t count) {
  v8 value = {};
  memcpy(&value, from, count * sizeof(double));
  return value;
}
INLINE void store_some(double *to, v8 value, size_t count) { memcpy(to, &value, count * sizeof(double)); }

/// Turns eight rows of eight lanes into eight lanes of eight rows.
INLINE void transpose(v8 x[8]) {
  v8 a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = __builtin_shufflevector(x[i], x[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[i + 1] = __builtin_shufflevector(x[i], x[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      b[i + j] = __builtin_shufflevector(a[i + j], a[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[i + j + 2] = __builtin_shufflevector(a[i + j], a[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int j = 0; j < 4; j++) {
    x[j] = __builtin_shufflevector(b[j], b[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    x[j + 4] = __builtin_shufflevector(b[j], b[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
