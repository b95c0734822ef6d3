// Fourier resampling between any two lengths without transforms of either.
//
// The samples are spread onto a grid of a power of two points, the grid is transformed, and what the spreading did to
// each frequency is divided out.
#include "cfeatures.h"
#include "fourier.h"
#include "gridding.h"
#include <stdlib.h>

/// exp(-2 pi i k / size) for k = 8 b (cosine and sine in turn) and for k from 0 to 7.
typedef struct {
  double *coarse;
  c8 *fine;
} twiddles;

struct cf_resampler {
  size_t grid, to;
  /// Complex transforms of half of the grid's and half of the result's points.
  cf_fourier *forward, *backward;
  /// The kernel's transform at each kept frequency, inverted.
  size_t band;
  double *inverse;
  /// Those of the grid's and of the result's real points.
  twiddles grid_twiddles, to_twiddles;
};

static int make_twiddles(twiddles *t, size_t size) {
  t->coarse = malloc((size / 8 + 2) * sizeof(double));
  t->fine = aligned_alloc(64, sizeof(c8));
  if (!t->coarse || !t->fine) return 0;
  double step = -2 * pi / (double)size;
  for (size_t b = 0; b <= size / 16; b++) {
    t->coarse[2 * b] = cos(step * (double)(8 * b));
    t->coarse[2 * b + 1] = sin(step * (double)(8 * b));
  }
  for (size_t k = 0; k < 8; k++) {
    t->fine->re[k] = cos(step * (double)k);
    t->fine->im[k] = sin(step * (double)k);
  }
  return 1;
}

INLINE c8 eight_twiddles(const twiddles *t, size_t b) {
  return times(*t->fine, all(t->coarse[2 * b]), all(t->coarse[2 * b + 1]));
}

static void free_twiddles(twiddles *t) {
  free(t->coarse);
  free(t->fine);
}

void cf_resampler_free(cf_resampler *plan) {
  if (!plan) return;
  cf_fourier_free(plan->forward);
  cf_fourier_free(plan->backward);
  free(plan->inverse);
  free_twiddles(&plan->grid_twiddles);
  free_twiddles(&plan->to_twiddles);
  free(plan);
}

size_t cf_resampler_grid(size_t from, size_t to) {
  size_t shared = from < to ? from : to, grid = 2048;
  while ((double)grid < 1.27 * (double)shared) grid *= 2;
  return grid;
}

cf_resampler *cf_resampler_create(size_t grid, size_t to) {
  if (to % 16 != 0 || grid % 16 != 0) return NULL;
  cf_resampler *plan = calloc(1, sizeof *plan);
  if (!plan) return NULL;
  plan->grid = grid;
  plan->to = to;
  plan->band = (size_t)((double)grid / 2.54) + 1;
  plan->forward = cf_fourier_create(grid / 2);
  plan->backward = cf_fourier_create(to / 2);
  plan->inverse = malloc(plan->band * sizeof(double));
  int has_twiddles = make_twiddles(&plan->grid_twiddles, grid) & make_twiddles(&plan->to_twiddles, to);
  if (!plan->forward || !plan->backward || !plan->inverse || !has_twiddles) {
    cf_resampler_free(plan);
    return NULL;
  }
  for (size_t k = 0; k < plan->band; k++) plan->inverse[k] = 1 / kernel_transform((double)k / (double)grid);
  return plan;
}

/// The real grid as complex rows: points 2 m as real and 2 m + 1 as imaginary parts.
INLINE void pair_up(const double *grid, size_t rows, c8 *to) {
  for (size_t m = 0; m < rows; m++) {
    v8 a = load(grid + 16 * m), b = load(grid + 16 * m + 8);
    to[m] = (c8){__builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14),
                 __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)};
  }
}

/// Eight frequencies X of real points from those of the paired-up points, Z, and their mirror images:
/// X[k] = (Z[k] + Z*[-k]) / 2 - i w^k (Z[k] - Z*[-k]) / 2 with w = exp(-2 pi i / grid).
INLINE void unpair(c8 z, c8 mirror, c8 twiddle, double *re, double *im) {
  c8 even = {0.5 * (z.re + mirror.re), 0.5 * (z.im - mirror.im)};
  c8 odd = {0.5 * (z.im + mirror.im), -0.5 * (z.re - mirror.re)};
  c8 x = add(even, times(odd, twiddle.re, twiddle.im));
  store(re, x.re);
  store(im, x.im);
}

/// Frequencies 0 to `band` of the grid's real points, and up to seven more.
INLINE void real_spectrum(const cf_resampler *plan, const c8 *rows, size_t band, double *re, double *im) {
  size_t n = plan->forward->rows;
  const twiddles *t = &plan->grid_twiddles;
  for (size_t k = 0; k <= n / 2; k += 8) {
    c8 up[8], down[8];
    mirrored_last_step(plan->forward, rows, k, up, down);
    for (size_t p = 0; p < 8; p++) {
      size_t at = k + n * p;
      if (at <= band) unpair(up[p], down[p], eight_twiddles(t, at / 8), re + at, im + at);
      // The mirror images come in descending order, and begin one after a multiple of 8.
      at = n * (8 - p) - k - 7;
      if (at <= band) {
        c8 z = {reversed(down[p].re), reversed(down[p].im)}, mirror = {reversed(up[p].re), reversed(up[p].im)};
        c8 twiddle = times(eight_twiddles(t, at / 8), all(t->fine->re[1]), all(t->fine->im[1]));
        unpair(z, mirror, twiddle, re + at, im + at);
      }
    }
  }
}

/// The paired-up inverse transform of a real result's spectrum Y of `half` + 1 frequencies: with w = exp(-2 pi i / to),
/// Z[k] = Y[k] + Y*[half - k] + i w^-k (Y[k] - Y*[half - k]), real and imaginary parts exchanged, which turns the
/// forward transform into the inverse.
INLINE void pair_spectrum(const cf_resampler *plan, const double *re, const double *im, c8 *rows) {
  size_t half = plan->to / 2;
  for (size_t k = 0; k < half; k += 8) {
    c8 y = {load(re + k), load(im + k)};
    c8 mirror = {reversed(load(re + half - k - 7)), reversed(load(im + half - k - 7))};
    c8 twiddle = eight_twiddles(&plan->to_twiddles, k / 8);
    c8 difference = times((c8){y.re - mirror.re, y.im + mirror.im}, twiddle.re, -twiddle.im);
    rows[k / 8] = (c8){y.im - mirror.im + difference.re, y.re + mirror.re - difference.im};
  }
}

/// The last step of the inverse transform, with the pairs taken apart again.
INLINE void real_result(const cf_fourier *backward, const c8 *rows, double *to) {
  size_t n = backward->rows;
  for (size_t k = 0; k < n; k += 8) {
    size_t count = n - k < 8 ? n - k : 8;
    c8 x[8];
    last_step(backward, rows, k, x);
    for (size_t p = 0; p < 8; p++) {
      double pairs[16];
      store(pairs, __builtin_shufflevector(x[p].im, x[p].re, 0, 8, 1, 9, 2, 10, 3, 11));
      store(pairs + 8, __builtin_shufflevector(x[p].im, x[p].re, 4, 12, 5, 13, 6, 14, 7, 15));
      memcpy(to + 2 * (k + n * p), pairs, 2 * count * sizeof(double));
    }
  }
}

/// Buffers of one resampling.
typedef struct {
  float *samples, *backwards;
  double *grid, *re, *im;
  c8 *rows;
  taps t;
} buffers;

INLINE void resample_body(const cf_resampler *plan, size_t count, buffers *b, double *to) {
  spread_samples(b->samples, b->backwards, count, plan->grid, &b->t, b->grid);
  pair_up(b->grid, plan->forward->rows, b->rows);
  passes(plan->forward, b->rows, 0);

  size_t half = plan->to / 2, shared = count < plan->to ? count : plan->to, band = shared / 2;
  real_spectrum(plan, b->rows, band, b->re, b->im);
  double scale = 1 / (double)count;
  for (size_t k = 0; k <= band; k++) {
    b->re[k] *= scale * plan->inverse[k];
    b->im[k] *= scale * plan->inverse[k];
  }
  // The highest frequency of an even length stands for itself and its mirror image.
  if (shared % 2 == 0 && count != plan->to) {
    double share = count > plan->to ? 2 : 0.5;
    b->re[band] *= share, b->im[band] *= share;
  }
  for (size_t k = band + 1; k <= half; k++) b->re[k] = b->im[k] = 0;
  b->im[0] = b->im[half] = 0;
  pair_spectrum(plan, b->re, b->im, b->rows);
  passes(plan->backward, b->rows, 0);
  real_result(plan->backward, b->rows, to);
}
static FOR_EACH_PROCESSOR(resample, (const cf_resampler *plan, size_t count, buffers *b, double *to),
                          (plan, count, b, to))

static size_t whole_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

int cf_resample(const cf_resampler *plan, const float *samples, size_t count, double *to) {
  buffers b;
  double ratio = (double)plan->grid / (double)count;
  b.t.reach = ((size_t)ceil(half_width / ratio) + 7) / 8 * 8;
  // The more grid points lie between two samples, the more the kernel changes there.
  b.t.terms = 4 + (size_t)(2 * ratio);
  size_t margin = b.t.reach + 16, length = count + 2 * margin, half = plan->to / 2;
  size_t rows = plan->forward->rows > plan->backward->rows ? plan->forward->rows : plan->backward->rows;
  size_t sizes[] = {length * sizeof(float), length * sizeof(float), (plan->grid + 8) * sizeof(double),
                    2 * (half + 16) * sizeof(double), rows * sizeof(c8), 2 * b.t.terms * b.t.reach * sizeof(double)};
  char *places[6], *memory;
  size_t total = 0;
  for (size_t i = 0; i < 6; i++) total += whole_lines(sizes[i]);
  memory = aligned_alloc(64, total);
  if (!memory) return -1;
  for (size_t i = 0, at = 0; i < 6; at += whole_lines(sizes[i]), i++) places[i] = memory + at;

  float *forwards = (float *)places[0], *backwards = (float *)places[1];
  for (size_t i = 0; i < length; i++) {
    size_t index = (i + count - margin % count) % count;
    forwards[i] = backwards[length - 1 - i] = samples[index];
  }
  b.samples = forwards + margin;
  b.backwards = backwards + length - 1 - margin;
  b.grid = (double *)places[2];
  b.re = (double *)places[3], b.im = b.re + half + 16;
  b.rows = (c8 *)places[4];
  b.t.even = (double *)places[5], b.t.odd = b.t.even + b.t.terms * b.t.reach;
  fit(&b.t, ratio);
  resample(plan, count, &b, to);
  free(memory);
  return 0;
}
