#include "fourier.h"

#include "cfeatures.h"
#include <math.h>
#include <stdlib.h>

static const double full_circle = 6.28318530717958647692;

/// Splits the rows into passes, radix 8 first, as the first pass may read the signal; 0 for other factors.
static int choose_passes(cf_fourier *plan) {
  static const size_t radices[] = {8, 5, 4, 3, 2};
  size_t left = plan->rows;
  for (size_t r = 0; r < 5; r++)
    while (left % radices[r] == 0) {
      if (plan->passes == sizeof plan->radix / sizeof *plan->radix) return 0;
      plan->radix[plan->passes++] = radices[r];
      left /= radices[r];
    }
  return left == 1;
}

static void fill_tables(cf_fourier *plan) {
  for (size_t t = 0; t < plan->rows; t++) {
    double angle = -full_circle * (double)t / (double)plan->rows;
    plan->cosine[t] = cos(angle);
    plan->sine[t] = sin(angle);
    size_t place = 0, digits = t, length = plan->rows;
    for (size_t p = 0; p < plan->passes; p++) {
      length /= plan->radix[p];
      place += digits % plan->radix[p] * length;
      digits /= plan->radix[p];
    }
    plan->place[t] = (uint32_t)place;
  }
  for (size_t lane = 0; lane < 8; lane++) {
    for (size_t block = 0; 8 * block < plan->rows; block++) {
      double angle = -full_circle * (double)(lane * 8 * block) / (double)plan->size;
      plan->coarse_cosine[block][lane] = cos(angle);
      plan->coarse_sine[block][lane] = sin(angle);
    }
    for (size_t rest = 0; rest < 8; rest++) {
      double angle = -full_circle * (double)(lane * rest) / (double)plan->size;
      plan->fine_cosine[rest][lane] = cos(angle);
      plan->fine_sine[rest][lane] = sin(angle);
    }
  }
}

cf_fourier *cf_fourier_create(size_t size) {
  if (size < 64 || size % 8 != 0 || size > UINT32_MAX) return NULL;
  cf_fourier *plan = aligned_alloc(64, (sizeof *plan + 63) / 64 * 64);
  if (!plan) return NULL;
  memset(plan, 0, sizeof *plan);
  size_t rows = size / 8, blocks = (rows + 7) / 8;
  plan->size = size;
  plan->rows = rows;
  plan->cosine = malloc(rows * sizeof(double));
  plan->sine = malloc(rows * sizeof(double));
  plan->coarse_cosine = aligned_alloc(64, blocks * sizeof(v8));
  plan->coarse_sine = aligned_alloc(64, blocks * sizeof(v8));
  plan->place = malloc(rows * sizeof(uint32_t));
  int complete = plan->cosine && plan->sine && plan->coarse_cosine && plan->coarse_sine && plan->place;
  if (!complete || !choose_passes(plan)) {
    cf_fourier_free(plan);
    return NULL;
  }
  fill_tables(plan);
  return plan;
}

void cf_fourier_free(cf_fourier *plan) {
  if (!plan) return;
  free(plan->cosine);
  free(plan->sine);
  free(plan->coarse_cosine);
  free(plan->coarse_sine);
  free(plan->place);
  free(plan);
}
