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

/// Power spectra of the real and the imaginary part of the signal that the rows are the transform of.
///
/// The spectrum of a real signal is (Z[k] + conj Z[-k]) / 2, that of an imaginary one (Z[k] - conj Z[-k]) / 2i.
INLINE void powers(const cf_fourier *plan, const c8 *rows, double *a, double *b) {
  size_t n = plan->rows;
  for (size_t k = 0; k <= n / 2; k += 8) {
    c8 up[8], down[8];
    mirrored_last_step(plan, rows, k, up, down);
    for (size_t p = 0; p < 8; p++) {
      c8 sum = add(up[p], down[p]), difference = subtract(up[p], down[p]);
      v8 real = (sum.re * sum.re + difference.im * difference.im) * 0.25;
      v8 imaginary = (sum.im * sum.im + difference.re * difference.re) * 0.25;
      // Frequencies beyond half of the size are mirror images; half itself is the first beyond.
      size_t at = p < 4 ? k + n * p : n * (8 - p) - k;
      store(p < 4 ? a + at : a + at - 7, p < 4 ? real : reversed(real));
      store(p < 4 ? b + at : b + at - 7, p < 4 ? imaginary : reversed(imaginary));
    }
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

INLINE void all_frames_body(const cf_fourier *plan, const double *signal, size_t hop, const size_t *frames,
                            size_t count, const double *window, size_t live, const cf_triangles *triangles,
                            double *sums, c8 *rows) {
  // Room for a vector that begins at the last frequency, and for triangles that end beyond it.
  double *a = (double *)(rows + plan->rows), *b = a + plan->size / 2 + 16;
  for (size_t i = 0; i < count; i += 2) {
    // An odd last frame goes with itself.
    size_t f = frames[i], g = frames[i + 1 < count ? i + 1 : i];
    const double *one = signal + f * hop, *other = signal + g * hop;
    if (live == 2) first_pass(plan, one, other, window, 2, rows);
    if (live == 4) first_pass(plan, one, other, window, 4, rows);
    if (live == 8) first_pass(plan, one, other, window, 8, rows);
    passes(plan, rows, 1);
    powers(plan, rows, a, b);
    sum_triangles(triangles, a, sums + f * triangles->count);
    sum_triangles(triangles, b, sums + g * triangles->count);
  }
}
static FOR_EACH_PROCESSOR(all_frames,
                          (const cf_fourier *plan, const double *signal, size_t hop, const size_t *frames, size_t count,
                           const double *window, size_t live, const cf_triangles *triangles, double *sums, c8 *rows),
                          (plan, signal, hop, frames, count, window, live, triangles, sums, rows))

int cf_triangle_powers(const cf_fourier *plan, const double *signal, size_t hop, const size_t *frames, size_t count,
                       const double *window, size_t window_length, const cf_triangles *triangles, double *sums) {
  size_t bytes = plan->rows * sizeof(c8) + (plan->size + 32) * sizeof(double);
  c8 *scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!scratch) return -1;
  memset(scratch, 0, bytes);
  all_frames(plan, signal, hop, frames, count, window, live_inputs(plan, window_length), triangles, sums, scratch);
  free(scratch);
  return 0;
}
