// The largest eigenvalues of a symmetric matrix, and their eigenvectors: reduction to tridiagonal form, bisection with
// Sturm's sequence for eight eigenvalues side by side, inverse iteration (Golub and Van Loan 2013, chapter 8).
#pragma once
#include "vector.h"
#include <float.h>
#include <math.h>

/// A symmetric matrix on its way to tridiagonal form, T = H ... H Sigma H ... H with reflections H = 1 - beta v v^T.
typedef struct {
  size_t size, stride;
  /// The matrix, row by row; row j right of the diagonal becomes the j-th reflection's v.
  double *rows;
  double *diagonal, *beside, *beta;
  /// Three vectors of the matrix's size.
  double *work[3];
} matrix;

INLINE double dot(const double *a, const double *b, size_t from, size_t to) {
  v8 total = {};
  for (size_t i = from; i < to; i += 8) total += load(a + i) * load(b + i);
  return sum(total);
}

INLINE void add_scaled(double *a, const double *b, double scale, size_t from, size_t to) {
  for (size_t i = from; i < to; i += 8) store(a + i, load(a + i) + load(b + i) * scale);
}

/// Householder's reduction; each step's update of the matrix is put off until the next step reads it anyway.
INLINE void tridiagonalise(matrix *m) {
  size_t n = m->size, end = m->stride;
  // The rest of the matrix lacks - last w^T - w last^T.
  double *last = m->work[0], *w = m->work[1], *product = m->work[2];
  memset(last, 0, end * sizeof(double));
  memset(w, 0, end * sizeof(double));
  for (size_t j = 0; j < n; j++) {
    double *v = m->rows + j * end;
    size_t from = (j + 1) / 8 * 8;
    add_scaled(v, w, -last[j], j / 8 * 8, end);
    add_scaled(v, last, -w[j], j / 8 * 8, end);
    m->diagonal[j] = v[j];
    m->beside[j] = m->beta[j] = 0;
    for (size_t i = from; i <= j; i++) v[i] = 0;
    if (j + 1 >= n) break;

    double norm = sqrt(dot(v, v, from, end));
    if (norm > 0 && j + 2 < n) {
      m->beside[j] = v[j + 1] > 0 ? -norm : norm;
      v[j + 1] -= m->beside[j];
      m->beta[j] = 2 / dot(v, v, from, end);
    } else {
      // Nothing to reflect.
      m->beside[j] = v[j + 1];
      memset(v + from, 0, (end - from) * sizeof(double));
    }
    memset(product, 0, end * sizeof(double));
    for (size_t i = j + 1; i < n; i++) {
      double *row = m->rows + i * end;
      double a = last[i], b = w[i];
      v8 total = {};
      for (size_t k = from; k < end; k += 8) {
        v8 x = load(row + k) - load(w + k) * a - load(last + k) * b;
        store(row + k, x);
        total += x * load(v + k);
      }
      product[i] = m->beta[j] * sum(total);
    }
    double half = 0.5 * m->beta[j] * dot(product, v, from, end);
    memset(last, 0, end * sizeof(double));
    memset(w, 0, end * sizeof(double));
    for (size_t k = from; k < end; k += 8) {
      store(last + k, load(v + k));
      store(w + k, load(product + k) - load(v + k) * half);
    }
  }
}

/// How many eigenvalues lie above each of eight numbers (Sturm's sequence).
INLINE void count_above(const matrix *m, const v8 *numbers, i8 *counts) {
  v8 x = *numbers, q = all(1);
  i8 count = {};
  for (size_t i = 0; i < m->size; i++) {
    double square = i > 0 ? m->beside[i - 1] * m->beside[i - 1] : 0;
    q = m->diagonal[i] - x - square / q;
    // A quotient of nothing counts as just below zero.
    i8 none = (q < DBL_MIN) & (q > -DBL_MIN);
    q = where(none, all(-DBL_MIN), q);
    count -= q > 0;
  }
  *counts = count;
}

/// An upper and a lower bound of all eigenvalues (Gershgorin).
INLINE void bounds(const matrix *m, double *low, double *high) {
  *low = DBL_MAX, *high = -DBL_MAX;
  for (size_t i = 0; i < m->size; i++) {
    double radius = (i > 0 ? fabs(m->beside[i - 1]) : 0) + fabs(m->beside[i]);
    *low = fmin(*low, m->diagonal[i] - radius);
    *high = fmax(*high, m->diagonal[i] + radius);
  }
}

INLINE double largest_eigenvalue(const matrix *m) {
  double low, high;
  bounds(m, &low, &high);
  // Each round keeps one of nine parts.
  for (int round = 0; round < 18; round++) {
    double part = (high - low) / 9;
    v8 x = {low + part,     low + 2 * part, low + 3 * part, low + 4 * part,
            low + 5 * part, low + 6 * part, low + 7 * part, low + 8 * part};
    i8 counts;
    count_above(m, &x, &counts);
    for (int lane = 7; lane >= 0; lane--)
      if (counts[lane] > 0) {
        low = x[lane];
        break;
      }
    high = fmin(high, low + part);
  }
  return high;
}

/// The `count` largest eigenvalues, which lie between two numbers, in descending order.
INLINE void largest_eigenvalues(const matrix *m, size_t count, double low, double high, double *values) {
  for (size_t first = 0; first < count; first += 8) {
    v8 lows = all(low), highs = all(high);
    i8 rank = (i8){1, 2, 3, 4, 5, 6, 7, 8} + (int64_t)first;
    for (int round = 0; round < 46; round++) {
      v8 middle = 0.5 * (lows + highs);
      i8 counts;
      count_above(m, &middle, &counts);
      lows = where(counts >= rank, middle, lows);
      highs = where(counts >= rank, highs, middle);
    }
    v8 found = 0.5 * (lows + highs);
    store_some(values + first, found, count - first < 8 ? count - first : 8);
  }
}

/// T - lambda as L U with row exchanges.
typedef struct {
  double *lower, *pivot, *upper, *second;
  char *exchanged;
} factors;

INLINE void factorise(const matrix *m, double lambda, double least, factors *f) {
  size_t n = m->size;
  double a = m->diagonal[0] - lambda, b = m->beside[0];
  for (size_t i = 0; i < n; i++) {
    double next = i + 1 < n ? m->beside[i] : 0;
    double below = i + 1 < n ? m->diagonal[i + 1] - lambda : 0, after = i + 2 < n ? m->beside[i + 1] : 0;
    f->exchanged[i] = fabs(next) > fabs(a);
    if (f->exchanged[i]) {
      f->pivot[i] = next, f->upper[i] = below, f->second[i] = after;
      f->lower[i] = a / next;
      a = b - f->lower[i] * below, b = -f->lower[i] * after;
    } else {
      if (fabs(a) < least) a = least;
      f->pivot[i] = a, f->upper[i] = b, f->second[i] = 0;
      f->lower[i] = next / a;
      a = below - f->lower[i] * b, b = after;
    }
    f->pivot[i] = 1 / f->pivot[i];
  }
}

INLINE void solve(const factors *f, size_t n, double *x) {
  for (size_t i = 0; i + 1 < n; i++) {
    double top = f->exchanged[i] ? x[i + 1] : x[i], bottom = f->exchanged[i] ? x[i] : x[i + 1];
    x[i] = top;
    x[i + 1] = bottom - f->lower[i] * top;
  }
  double x1 = 0, x2 = 0;
  for (size_t i = n; i-- > 0;) {
    x[i] = (x[i] - f->upper[i] * x1 - f->second[i] * x2) * f->pivot[i];
    x2 = x1, x1 = x[i];
  }
}

/// The eigenvectors of T for eigenvalues in descending order by inverse iteration, then turned to those of Sigma.
INLINE void eigenvectors(const matrix *m, const double *values, size_t count, double *vectors, factors *f) {
  size_t n = m->size, end = m->stride;
  double least = DBL_EPSILON * fmax(fabs(values[0]), DBL_MIN / DBL_EPSILON);
  uint32_t state = 1;
  memset(vectors, 0, count * end * sizeof(double));
  for (size_t k = 0; k < count; k++) {
    double *x = vectors + k * end;
    for (size_t i = 0; i < n; i++) {
      state = state * 1664525 + 1013904223;
      x[i] = (double)(state >> 8) / (1 << 24) - 0.5;
    }
    factorise(m, values[k], least, f);
    for (int round = 0; round < 3; round++) {
      solve(f, n, x);
      // Scaled first: a solution for an exact eigenvalue is as large as numbers go.
      double largest = 0;
      for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
      for (size_t i = 0; i < n; i++) x[i] /= largest;
      for (size_t l = 0; l < k; l++) add_scaled(x, vectors + l * end, -dot(x, vectors + l * end, 0, end), 0, end);
      double scale = 1 / sqrt(dot(x, x, 0, end));
      for (size_t i = 0; i < end; i += 8) store(x + i, load(x + i) * scale);
    }
  }
  for (size_t k = 0; k < count; k++)
    for (size_t j = n; j-- > 0;) {
      if (m->beta[j] == 0) continue;
      double *x = vectors + k * end, *v = m->rows + j * end;
      size_t from = (j + 1) / 8 * 8;
      add_scaled(x, v, -m->beta[j] * dot(x, v, from, end), from, end);
    }
}
