// ZCA whitening of one channel. Few eigenvalues of a spectrogram's covariance lie above the floor, and only their
// eigenvectors are needed: with the floor f, Sigma^(-1/2) = f^(-1/2) I + sum of (lambda^(-1/2) - f^(-1/2)) u u^T over them.
#include "cfeatures.h"
#include "eigen.h"
#include <stdlib.h>

/// Subtracts each row's mean from it and fills in the covariance of the rows.
INLINE void covariance(double *values, size_t frames, matrix *m) {
  size_t whole = frames / 8 * 8;
  for (size_t i = 0; i < m->size; i++) {
    double *row = values + i * frames, mean = 0;
    for (size_t t = whole; t < frames; t++) mean += row[t];
    v8 total = {};
    for (size_t t = 0; t < whole; t += 8) total += load(row + t);
    mean = (mean + sum(total)) / (double)frames;
    for (size_t t = 0; t < whole; t += 8) store(row + t, load(row + t) - mean);
    for (size_t t = whole; t < frames; t++) row[t] -= mean;
  }
  double scale = 1 / (double)(frames - 1);
  for (size_t i = 0; i < m->size; i += 4)
    for (size_t j = 0; j <= i; j += 4) {
      // Past the last row, the last one again.
      const double *a[4], *b[4];
      for (size_t k = 0; k < 4; k++) {
        a[k] = values + (i + k < m->size ? i + k : m->size - 1) * frames;
        b[k] = values + (j + k < m->size ? j + k : m->size - 1) * frames;
      }
      v8 totals[4][4] = {};
      for (size_t t = 0; t < whole; t += 8) {
        v8 x[4], y[4];
        for (size_t k = 0; k < 4; k++) x[k] = load(a[k] + t), y[k] = load(b[k] + t);
        for (size_t k = 0; k < 4; k++)
          for (size_t l = 0; l < 4; l++) totals[k][l] += x[k] * y[l];
      }
      for (size_t k = 0; k < 4 && i + k < m->size; k++)
        for (size_t l = 0; l < 4 && j + l < m->size; l++) {
          double total = sum(totals[k][l]);
          for (size_t t = whole; t < frames; t++) total += a[k][t] * b[l][t];
          m->rows[(i + k) * m->stride + j + l] = m->rows[(j + l) * m->stride + i + k] = total * scale;
        }
    }
}

/// values += sum over k of scales[k] u_k (u_k^T values), for values (row, frame); `line` holds one row of frames.
INLINE void add_projections(double *values, size_t frames, const matrix *m, const double *vectors,
                            const double *scales, size_t count, double *line) {
  size_t whole = frames / 8 * 8;
  for (size_t k = 0; k < count; k++) {
    const double *u = vectors + k * m->stride;
    double *projected = line + k * frames;
    memset(projected, 0, frames * sizeof(double));
    for (size_t i = 0; i < m->size; i++) {
      add_scaled(projected, values + i * frames, u[i], 0, whole);
      for (size_t t = whole; t < frames; t++) projected[t] += u[i] * values[i * frames + t];
    }
  }
  for (size_t i = 0; i < m->size; i++)
    for (size_t k = 0; k < count; k++) {
      double scale = scales[k] * vectors[k * m->stride + i];
      add_scaled(values + i * frames, line + k * frames, scale, 0, whole);
      for (size_t t = whole; t < frames; t++) values[i * frames + t] += scale * line[k * frames + t];
    }
}

double cf_zca_floor(double epsilon, int is_absolute, double largest) {
  return fmax(fmax(is_absolute ? epsilon : epsilon * largest, 1e-14 * largest), 1e-20);
}

/// All memory of one whitening, for at most `most` eigenvectors.
typedef struct {
  matrix m;
  factors f;
  double *values, *scales, *vectors, *lines;
  size_t most;
} workspace;

static void *make_workspace(size_t bins, size_t frames, workspace *w) {
  size_t stride = (bins + 7) / 8 * 8, most = (bins / 4 + 7) / 8 * 8;
  size_t numbers = bins * stride + 10 * stride + 2 * most + most * stride + most * frames;
  double *at = aligned_alloc(64, (numbers * sizeof(double) + bins + 63) / 64 * 64);
  if (!at) return NULL;
  void *memory = at;
  memset(at, 0, bins * stride * sizeof(double));
  w->m.size = bins, w->m.stride = stride, w->most = most;
  w->m.rows = at, at += bins * stride;
  double **vectors[] = {&w->m.diagonal, &w->m.beside, &w->m.beta,  &w->m.work[0], &w->m.work[1],
                        &w->m.work[2],  &w->f.lower,  &w->f.pivot, &w->f.upper,   &w->f.second};
  for (size_t i = 0; i < 10; i++) *vectors[i] = at, at += stride;
  w->values = at, at += most;
  w->scales = at, at += most;
  w->vectors = at, at += most * stride;
  w->lines = at, at += most * frames;
  w->f.exchanged = (char *)at;
  return memory;
}

INLINE void whiten_body(double *values, size_t frames, double epsilon, int is_absolute, workspace *w, int *done) {
  matrix *m = &w->m;
  covariance(values, frames, m);
  tridiagonalise(m);
  double largest = largest_eigenvalue(m), floor = cf_zca_floor(epsilon, is_absolute, largest);
  v8 at_floor = all(floor);
  i8 above;
  count_above(m, &at_floor, &above);
  size_t count = (size_t)above[0];
  *done = count <= w->most;
  if (!*done) return;

  largest_eigenvalues(m, count, floor, largest, w->values);
  if (count > 0) eigenvectors(m, w->values, count, w->vectors, &w->f);
  for (size_t k = 0; k < count; k++) w->scales[k] = sqrt(floor / w->values[k]) - 1;
  add_projections(values, frames, m, w->vectors, w->scales, count, w->lines);
  double scale = 1 / sqrt(floor);
  size_t size = m->size * frames;
  for (size_t i = 0; i < size; i++) values[i] *= scale;
}
static FOR_EACH_PROCESSOR(whiten, (double *values, size_t frames, double epsilon, int is_absolute, workspace *w,
                                   int *done),
                          (values, frames, epsilon, is_absolute, w, done))

int cf_whiten(double *values, size_t bins, size_t frames, double epsilon, int is_absolute) {
  workspace w;
  void *memory = make_workspace(bins, frames, &w);
  if (!memory) return -1;
  int done = 0;
  whiten(values, frames, epsilon, is_absolute, &w, &done);
  free(memory);
  return done ? 0 : 1;
}
