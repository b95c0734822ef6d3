// Spreading samples onto an evenly spaced grid with a Kaiser-Bessel kernel.
//
// The kernel is 16 grid points wide. Its transform is known, and reaches beyond the band that is kept with some 1e-10 of
// the signal where that band ends at 0.394 of the grid's rate (Jackson and others 1991; Dutt and Rokhlin 1993).
#pragma once
#include "vector.h"
#include <math.h>

enum { half_width = 8, most_terms = 10 };
static const double shape = 30.6, pi = 3.14159265358979323846;

/// The modified Bessel function I0 by its series.
static inline double bessel(double x) {
  double term = 1, total = 1;
  for (int n = 1; n < 200 && term > 1e-18 * total; n++) {
    term *= (x / 2 / n) * (x / 2 / n);
    total += term;
  }
  return total;
}

/// The kernel at a distance in grid points.
static inline double kernel(double distance) {
  double z = distance / half_width;
  return fabs(z) < 1 ? bessel(shape * sqrt(1 - z * z)) : 0;
}

/// Its Fourier transform at a frequency in cycles a grid point, within the kept band.
static inline double kernel_transform(double frequency) {
  double x = 2 * pi * half_width * frequency;
  double root = sqrt(shape * shape - x * x);
  return 2 * half_width * sinh(root) / root;
}

/// The kernel around one grid point as a function of the point's place x, from -1 to 1, between two samples.
///
/// Tap t is the sample `reach` - 1 - t places left of the point's left neighbour. Its weight is even(x^2) + x odd(x^2),
/// and that of the sample as far right of the right neighbour even(x^2) - x odd(x^2).
typedef struct {
  /// Samples on each side, a multiple of 8.
  size_t reach;
  /// Coefficients of each of the two polynomials.
  size_t terms;
  /// Coefficients (term, tap), the highest term first.
  double *even, *odd;
} taps;

/// Fits the polynomials at Chebyshev's points. `ratio` is grid points a sample.
static inline void fit(taps *t, double ratio) {
  size_t count = 2 * t->terms;
  for (size_t tap = 0; tap < t->reach; tap++) {
    double values[2 * most_terms], powers[2 * most_terms] = {0};
    for (size_t i = 0; i < count; i++) {
      double x = cos(pi * ((double)i + 0.5) / (double)count);
      values[i] = kernel((0.5 * (x + 1) + (double)(t->reach - 1 - tap)) * ratio);
    }
    // Chebyshev polynomials k - 1 and k as powers of x.
    double before[2 * most_terms] = {0}, now[2 * most_terms] = {1};
    for (size_t k = 0; k < count; k++) {
      double c = 0;
      for (size_t i = 0; i < count; i++) c += values[i] * cos(pi * (double)k * ((double)i + 0.5) / (double)count);
      c *= (k == 0 ? 1.0 : 2.0) / (double)count;
      double next[2 * most_terms] = {0};
      for (size_t p = 0; p < count; p++) {
        powers[p] += c * now[p];
        if (p + 1 < count) next[p + 1] = (k == 0 ? 1 : 2) * now[p];
      }
      for (size_t p = 0; p < count; p++) {
        next[p] -= k == 0 ? 0 : before[p];
        before[p] = now[p];
      }
      memcpy(now, next, sizeof now);
    }
    for (size_t term = 0; term < t->terms; term++) {
      t->even[term * t->reach + tap] = powers[2 * (t->terms - 1 - term)];
      t->odd[term * t->reach + tap] = powers[2 * (t->terms - 1 - term) + 1];
    }
  }
}

INLINE v8 load_floats(const float *from) { return __builtin_convertvector(*(const f8u *)from, v8); }

INLINE v8 add_up(v8 x[8]) {
  transpose(x);
  return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
}

/// Fills the grid. Point l lies at l * count / grid among the samples, and point grid - l at the mirrored place, where
/// the same weights hold with left and right exchanged.
///
/// `samples[i]` is the sample i, taken round at both ends; `backwards[-i]` too.
INLINE void spread_samples(const float *samples, const float *backwards, size_t count, size_t grid, const taps *t,
                           double *to) {
  for (size_t l = 0; l <= grid / 2; l += 8) {
    v8 one[8], other[8];
    for (size_t j = 0; j < 8; j++) {
      size_t place = (l + j) * count;
      ptrdiff_t left = (ptrdiff_t)(place / grid), mirrored = (ptrdiff_t)count - left - 1;
      double x = 2 * ((double)(place % grid) / (double)grid) - 1;
      v8 x1 = all(x), x2 = x1 * x1, up = {}, down = {};
      for (size_t tap = 0; tap < t->reach; tap += 8) {
        v8 even = load(t->even + tap), odd = load(t->odd + tap);
        for (size_t term = 1; term < t->terms; term++) {
          even = even * x2 + load(t->even + term * t->reach + tap);
          odd = odd * x2 + load(t->odd + term * t->reach + tap);
        }
        ptrdiff_t outer = (ptrdiff_t)t->reach - 1 - (ptrdiff_t)tap;
        v8 a = even + x1 * odd, b = even - x1 * odd;
        up += a * load_floats(samples + left - outer) + b * load_floats(backwards - (left + 1 + outer));
        down += b * load_floats(samples + mirrored - outer) + a * load_floats(backwards - (mirrored + 1 + outer));
      }
      one[j] = up;
      other[j] = down;
    }
    store(to + l, add_up(one));
    store(to + grid - l - 7, reversed(add_up(other)));
  }
}
