#include "cfeatures.h"
#include "fourier.h"
#include <stdlib.h>

/// The number of the first pass's eight inputs that a window of this length reaches: 2, 4 or 8.
static size_t live_inputs(const cf_fourier *plan, size_t window_length) {
  size_t eighth = plan->size / 8;
  return window_length <= 2 * eighth ? 2 : window_length <= 4 * eighth ? 4 : 8;
}

size_t cf_frame_length(const cf_fourier *plan, size_t window_length) {
  return live_inputs(plan, window_length) * plan->size / 8;
}

/// The first pass, straight from two frames, which become the real and the imaginary part.
INLINE void first_pass(const cf_fourier *plan, const double *a, const double *b, const double *window, size_t live,
                       c8 *rows) {
  size_t step = plan->rows / 8;
  for (size_t j = 0; j < step; j++) {
    c8 x[8];
    for (size_t i = 0; i < live; i++) {
      size_t at = 8 * (j + i * step);
      v8 w = load(window + at);
      x[i] = (c8){load(a + at) * w, load(b + at) * w};
    }
    transform8(x, live);
    spread(plan, x, 8, rows + j, step, j);
  }
}

/// Power spectra of the real and the imaginary part of a signal with this transform.
///
/// The spectrum of a real signal is (Z[k] + conj Z[-k]) / 2, that of an imaginary one (Z[k] - conj Z[-k]) / 2i.
INLINE void powers(const double *re, const double *im, size_t size, double *a, double *b) {
  a[0] = re[0] * re[0];
  b[0] = im[0] * im[0];
  for (size_t k = 1; k <= size / 2; k += 8) {
    v8 p = load(re + k), q = load(im + k);
    v8 r = reversed(load(re + size - k - 7)), s = reversed(load(im + size - k - 7));
    store(a + k, ((p + r) * (p + r) + (q - s) * (q - s)) * 0.25);
    store(b + k, ((q + s) * (q + s) + (p - r) * (p - r)) * 0.25);
  }
}

INLINE void sum_triangles(const cf_triangles *triangles, const double *power, double *sums) {
  const double *weights = triangles->weights;
  for (size_t t = 0; t < triangles->count; t++) {
    const double *at = power + triangles->first[t];
    v8 total = {};
    for (int32_t i = 0; i < triangles->length[t]; i += 8) total += load(at + i) * load(weights + i);
    weights += triangles->length[t];
    sums[t] = sum(total);
  }
}

INLINE void all_frames_body(const cf_fourier *plan, const double *signal, size_t hop, size_t frames,
                            const double *window, size_t live, const cf_triangles *triangles, double *sums,
                            c8 *rows) {
  double *re = (double *)(rows + plan->rows), *im = re + plan->size + 8;
  double *a = im + plan->size + 8, *b = a + plan->size / 2 + 24;
  for (size_t f = 0; f < frames; f += 2) {
    // An odd last frame goes with itself.
    size_t g = f + 1 < frames ? f + 1 : f;
    const double *one = signal + f * hop, *other = signal + g * hop;
    if (live == 2) first_pass(plan, one, other, window, 2, rows);
    if (live == 4) first_pass(plan, one, other, window, 4, rows);
    if (live == 8) first_pass(plan, one, other, window, 8, rows);
    passes(plan, rows, 1);
    across(plan, rows, re, im);
    powers(re, im, plan->size, a, b);
    sum_triangles(triangles, a, sums + f * triangles->count);
    sum_triangles(triangles, b, sums + g * triangles->count);
  }
}
static FOR_EACH_PROCESSOR(all_frames,
                          (const cf_fourier *plan, const double *signal, size_t hop, size_t frames,
                           const double *window, size_t live, const cf_triangles *triangles, double *sums, c8 *rows),
                          (plan, signal, hop, frames, window, live, triangles, sums, rows))

int cf_triangle_powers(const cf_fourier *plan, const double *signal, size_t hop, size_t frames, const double *window,
                       size_t window_length, const cf_triangles *triangles, double *sums) {
  // Rows, the two parts of the spectrum and two power spectra, with some slack for whole vectors at their ends.
  size_t bytes = plan->rows * sizeof(c8) + (2 * plan->size + plan->size + 80) * sizeof(double);
  c8 *scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!scratch) return -1;
  memset(scratch, 0, bytes);
  all_frames(plan, signal, hop, frames, window, live_inputs(plan, window_length), triangles, sums, scratch);
  free(scratch);
  return 0;
}
