// Complex Fourier transforms, eight interleaved parts side by side, of sizes 8 times a product of 2, 3, 4, 5 and 8.
#pragma once
#include "vector.h"

/// A transform of `size` points is one of `rows` = size / 8 points in each of eight lanes, lane l holding the points
/// 8 m + l, and a last step across the lanes. The rows are transformed in place by passes of radix 8, 5, 4, 3 and 2
/// (decimation in frequency), so that they end in digit-reversed order.
struct cf_fourier {
  size_t size, rows;
  /// The radix of each pass.
  size_t passes, radix[24];
  /// Row twiddles exp(-2 pi i t / rows), cosine and sine apart.
  double *cosine, *sine;
  /// Twiddles of the last step, exp(-2 pi i l k / size) for lane l and frequency k < rows, as the product of one for k
  /// rounded down to a multiple of 8 and one for the rest.
  v8 *coarse_cosine, *coarse_sine, fine_cosine[8], fine_sine[8];
  /// The row in which the passes leave each frequency.
  uint32_t *place;
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

INLINE c8 scaled(c8 a, double scale) { return (c8){a.re * scale, a.im * scale}; }

INLINE void transform2(c8 x[2]) {
  c8 a = x[0], b = x[1];
  x[0] = add(a, b);
  x[1] = subtract(a, b);
}

INLINE void transform3(c8 x[3]) {
  const double sine = 0.86602540378443864676;
  c8 a = x[0], b = add(x[1], x[2]), d = scaled(turned(subtract(x[1], x[2])), sine);
  x[0] = add(a, b);
  c8 half = add(a, scaled(b, -0.5));
  x[1] = add(half, d);
  x[2] = subtract(half, d);
}

INLINE void transform5(c8 x[5]) {
  const double c1 = 0.30901699437494742410, c2 = -0.80901699437494742410;
  const double s1 = 0.95105651629515357212, s2 = 0.58778525229247312917;
  c8 a = x[0], b = add(x[1], x[4]), c = add(x[2], x[3]);
  c8 d = turned(subtract(x[1], x[4])), e = turned(subtract(x[2], x[3]));
  x[0] = add(a, add(b, c));
  c8 near = add(a, add(scaled(b, c1), scaled(c, c2))), far = add(a, add(scaled(b, c2), scaled(c, c1)));
  c8 up = add(scaled(d, s1), scaled(e, s2)), down = subtract(scaled(d, s2), scaled(e, s1));
  x[1] = add(near, up), x[4] = subtract(near, up);
  x[2] = add(far, down), x[3] = subtract(far, down);
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
  if (radix == 5) transform5(x);
  if (radix == 4) transform4(x);
  if (radix == 3) transform3(x);
  if (radix == 2) transform2(x);
}

/// Writes a butterfly's results, times their twiddles, to every `step`-th row from `to` on.
INLINE void spread(const struct cf_fourier *plan, c8 *x, size_t radix, c8 *to, size_t step, size_t turn) {
  to[0] = x[0];
  for (size_t i = 1; i < radix; i++)
    to[i * step] = times(x[i], all(plan->cosine[i * turn]), all(plan->sine[i * turn]));
}

/// One pass over `count` rows, which hold transforms of `length` rows each.
INLINE void pass(const struct cf_fourier *plan, c8 *rows, size_t count, size_t length, size_t radix) {
  size_t step = length / radix, stretch = plan->rows / length;
  for (size_t start = 0; start < count; start += length)
    for (size_t j = 0; j < step; j++) {
      c8 x[8];
      c8 *at = rows + start + j;
      for (size_t i = 0; i < radix; i++) x[i] = at[i * step];
      transform(x, radix);
      spread(plan, x, radix, at, step, j * stretch);
    }
}

INLINE void any_pass(const struct cf_fourier *plan, c8 *rows, size_t count, size_t length, size_t radix) {
  if (radix == 8) pass(plan, rows, count, length, 8);
  if (radix == 5) pass(plan, rows, count, length, 5);
  if (radix == 4) pass(plan, rows, count, length, 4);
  if (radix == 3) pass(plan, rows, count, length, 3);
  if (radix == 2) pass(plan, rows, count, length, 2);
}

/// All passes from the `done`-th on: over all rows while they are too many for the nearest cache, then block by block.
INLINE void passes(const struct cf_fourier *plan, c8 *rows, size_t done) {
  size_t length = plan->rows, next = 0;
  for (; next < plan->passes && (next < done || length > 128); next++) {
    if (next >= done) any_pass(plan, rows, plan->rows, length, plan->radix[next]);
    length /= plan->radix[next];
  }
  for (size_t start = 0; start < plan->rows; start += length) {
    size_t part = length;
    for (size_t p = next; p < plan->passes; p++) {
      any_pass(plan, rows + start, length, part, plan->radix[p]);
      part /= plan->radix[p];
    }
  }
}

/// Eight rows' lanes as eight vectors over the rows, transformed across them.
INLINE void across(c8 x[8]) {
  v8 a[8], b[8];
  for (size_t j = 0; j < 8; j++) a[j] = x[j].re, b[j] = x[j].im;
  transpose(a);
  transpose(b);
  for (size_t j = 0; j < 8; j++) x[j] = (c8){a[j], b[j]};
  transform8(x, 8);
}

/// The twiddles of row k + j, k being a multiple of 8, in the last step.
INLINE c8 last_twiddle(const struct cf_fourier *plan, size_t k, size_t j) {
  return times((c8){plan->coarse_cosine[k / 8], plan->coarse_sine[k / 8]}, plan->fine_cosine[j], plan->fine_sine[j]);
}

/// The last step, across the lanes: with n rows, lane j of `up[p]` is frequency k + j + n p, for k a multiple of 8.
///
/// Where fewer than eight rows are left, the last lanes are of no use.
INLINE void last_step(const struct cf_fourier *plan, const c8 *rows, size_t k, c8 up[8]) {
  for (size_t j = 0; j < 8; j++) {
    c8 twiddle = last_twiddle(plan, k, j);
    up[j] = times(rows[plan->place[k + j < plan->rows ? k + j : k]], twiddle.re, twiddle.im);
  }
  across(up);
}

/// The last step for frequencies and their mirror images: lane j of `up[p]` is frequency k + j + n p, and lane j of
/// `down[p]` is minus that. All frequencies have been seen after k = 0, 8, ... up to half of the rows.
INLINE void mirrored_last_step(const struct cf_fourier *plan, const c8 *rows, size_t k, c8 up[8], c8 down[8]) {
  c8 turned_down[8];
  for (size_t j = 0; j < 8; j++) {
    size_t row = k + j, mirror = row > 0 ? plan->rows - row : 0;
    c8 twiddle = last_twiddle(plan, k, j);
    up[j] = times(rows[plan->place[row]], twiddle.re, twiddle.im);
    turned_down[j] = times(rows[plan->place[mirror]], twiddle.re, -twiddle.im);
  }
  across(up);
  across(turned_down);
  for (size_t p = 0; p < 8; p++) down[p] = turned_down[(8 - p) % 8];
}
