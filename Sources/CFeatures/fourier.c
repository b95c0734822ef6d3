#include "fourier.h"

#include "cfeatures.h"
#include <math.h>
#include <stdlib.h>

static const double full_circle = 6.28318530717958647692;

cf_fourier *cf_fourier_create(size_t size) {
  if (size < 512 || (size & (size - 1)) != 0) return NULL;
  cf_fourier *plan = calloc(1, sizeof *plan);
  if (!plan) return NULL;
  size_t rows = size / 8;
  plan->size = size;
  plan->rows = rows;
  plan->cosine = malloc(rows * sizeof(double));
  plan->sine = malloc(rows * sizeof(double));
  plan->last_cosine = aligned_alloc(64, rows * sizeof(v8));
  plan->last_sine = aligned_alloc(64, rows * sizeof(v8));
  plan->place = malloc(rows * sizeof(size_t));
  if (!plan->cosine || !plan->sine || !plan->last_cosine || !plan->last_sine || !plan->place) {
    cf_fourier_free(plan);
    return NULL;
  }

  // Radix 8 first, as the first pass reads the signal.
  for (size_t left = rows; left > 1;) {
    size_t radix = left >= 8 ? 8 : left;
    plan->radix[plan->passes++] = radix;
    left /= radix;
  }
  for (size_t t = 0; t < rows; t++) {
    double angle = -full_circle * (double)t / (double)rows;
    plan->cosine[t] = cos(angle);
    plan->sine[t] = sin(angle);
    for (size_t lane = 0; lane < 8; lane++) {
      angle = -full_circle * (double)(lane * t) / (double)size;
      plan->last_cosine[t][lane] = cos(angle);
      plan->last_sine[t][lane] = sin(angle);
    }
    size_t place = 0, digits = t, length = rows;
    for (size_t p = 0; p < plan->passes; p++) {
      length /= plan->radix[p];
      place += digits % plan->radix[p] * length;
      digits /= plan->radix[p];
    }
    plan->place[t] = place;
  }
  return plan;
}

void cf_fourier_free(cf_fourier *plan) {
  if (!plan) return;
  free(plan->cosine);
  free(plan->sine);
  free(plan->last_cosine);
  free(plan->last_sine);
  free(plan->place);
  free(plan);
}
