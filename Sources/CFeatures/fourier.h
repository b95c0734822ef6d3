// Complex Fourier transforms of power-of-two sizes, eight interleaved parts side by side.
#pragma once
#include "vector.h"

/// A transform of `size` points is one of `rows` = size / 8 points in each of eight lanes, lane l holding the points
/// 8 m + l, and a last step across the lanes. The rows are transformed in place by passes of radix 8, and one of radix
/// 2 or 4 where the size asks for it (decimation in frequency), so that they end in digit-reversed order.
struct cf_fourier {
  size_t size, rows;
  /// The radix of each pass.
  size_t passes, radix[24];
  /// Row twiddles exp(-2 pi i t / rows), cosine and sine apart.
  double *cosine, *sine;
  /// Twiddles of the last step: exp(-2 pi i l k / size) for each k < rows, the eight lanes l together.
  v8 *last_cosine, *last_sine;
  /// The row in which the passes leave each frequency.
  size_t *place;
};

/// Eight complex numbers.
typedef struct {
  v8 re, im;
} c8;

INLINE c8 add(c8 a, c8 b) { return (c8){a.re + b.re, a.im + b.im}; }
INLINE c8 subtract(c8 a, c8 b) { return (c8){a.re - b.re, a.im - b.im}; }
/// a times -i.
INLINE c8 turned(c8 a) { return (c8){a.im, -a.re}; }
INLINE c8 times(c8 a, v8 re, v8 im) { return (c8){a.re * re - a.im * im, a.re * im + a.im * re}; }

INLINE void transform2(c8 x[2]) {
  c8 a = x[0], b = x[1];
  x[0] = add(a, b);
  x[1] = subtract(a, b);
}

INLINE void transform4(c8 x[4]) {
  c8 a = add(x[0], x[2]), b = subtract(x[0], x[2]), c = add(x[1], x[3]), d = turned(subtract(x[1], x[3]));
  x[0] = add(a, c);
  x[1] = add(b, d);
  x[2] = subtract(a, c);
  x[3] = subtract(b, d);
}

/// x[1] to x[3] turned by 1, 2 and 3 eighths of a circle.
INLINE void eighths(c8 x[4]) {
  const double half = 0.70710678118654752440;
  x[1] = (c8){(x[1].re + x[1].im) * half, (x[1].im - x[1].re) * half};
  x[2] = turned(x[2]);
  x[3] = (c8){(x[3].im - x[3].re) * half, (-x[3].re - x[3].im) * half};
}

/// Eight points of which only the first `live` (2, 4 or 8) are not zero.
INLINE void transform8(c8 x[8], size_t live) {
  c8 even[4], odd[4];
  if (live == 2) {
    // Frequency f is x0 + w^f x1, and w^(f + 4) = -w^f.
    c8 turns[4] = {x[1], x[1], x[1], x[1]};
    eighths(turns);
    for (int i = 0; i < 2; i++) {
      even[i] = add(x[0], turns[2 * i]), even[i + 2] = subtract(x[0], turns[2 * i]);
      odd[i] = add(x[0], turns[2 * i + 1]), odd[i + 2] = subtract(x[0], turns[2 * i + 1]);
    }
  } else {
    for (int i = 0; i < 4; i++) {
      even[i] = live == 8 ? add(x[i], x[i + 4]) : x[i];
      odd[i] = live == 8 ? subtract(x[i], x[i + 4]) : x[i];
    }
    eighths(odd);
    transform4(even);
    transform4(odd);
  }
  for (int i = 0; i < 4; i++) x[2 * i] = even[i], x[2 * i + 1] = odd[i];
}

INLINE void transform(c8 *x, size_t radix) {
  if (radix == 8) transform8(x, 8);
  if (radix == 4) transform4(x);
  if (radix == 2) transform2(x);
}

/// One butterfly: transforms `x` and writes it, times the twiddles, to every `step`-th row from `to` on.
INLINE void spread(const struct cf_fourier *plan, c8 *x, size_t radix, c8 *to, size_t step, size_t turn) {
  to[0] = x[0];
  for (size_t i = 1; i < radix; i++)
    to[i * step] = times(x[i], all(plan->cosine[i * turn]), all(plan->sine[i * turn]));
}

INLINE void pass(const struct cf_fourier *plan, c8 *rows, size_t length, size_t radix) {
  size_t step = length / radix, stretch = plan->rows / length;
  for (size_t start = 0; start < plan->rows; start += length)
    for (size_t j = 0; j < step; j++) {
      c8 x[8];
      c8 *at = rows + start + j;
      for (size_t i = 0; i < radix; i++) x[i] = at[i * step];
      transform(x, radix);
      spread(plan, x, radix, at, step, j * stretch);
    }
}

/// All passes from the `done`-th on.
INLINE void passes(const struct cf_fourier *plan, c8 *rows, size_t done) {
  size_t length = plan->rows;
  for (size_t p = 0; p < plan->passes; p++) {
    size_t radix = plan->radix[p];
    if (p >= done) {
      if (radix == 8) pass(plan, rows, length, 8);
      if (radix == 4) pass(plan, rows, length, 4);
      if (radix == 2) pass(plan, rows, length, 2);
    }
    length /= radix;
  }
}

/// The last step, across the lanes: frequencies in natural order, real and imaginary parts apart.
INLINE void across(const struct cf_fourier *plan, const c8 *rows, double *re, double *im) {
  for (size_t k = 0; k < plan->rows; k += 8) {
    v8 a[8], b[8];
    for (size_t j = 0; j < 8; j++) {
      c8 x = times(rows[plan->place[k + j]], plan->last_cosine[k + j], plan->last_sine[k + j]);
      a[j] = x.re, b[j] = x.im;
    }
    transpose(a);
    transpose(b);
    c8 x[8];
    for (size_t j = 0; j < 8; j++) x[j] = (c8){a[j], b[j]};
    transform8(x, 8);
    for (size_t j = 0; j < 8; j++) {
      store(re + k + j * plan->rows, x[j].re);
      store(im + k + j * plan->rows, x[j].im);
    }
  }
}
