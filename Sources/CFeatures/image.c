// What happens to a spectrogram image after its powers are known, apart from whitening.
#include "cfeatures.h"
#include "vector.h"
#include <math.h>
#include <stdint.h>

INLINE double total(const double *values, size_t count, double origin, int power) {
  v8 sums[4] = {};
  size_t i = 0;
  for (; i + 32 <= count; i += 32)
    for (int j = 0; j < 4; j++) {
      v8 x = load(values + i + 8 * j) - origin;
      sums[j] += power == 2 ? x * x : x;
    }
  double rest = 0;
  for (; i < count; i++) {
    double x = values[i] - origin;
    rest += power == 2 ? x * x : x;
  }
  return sum((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

INLINE void cf_moments_body(const double *values, size_t count, double *mean, double *deviation) {
  *mean = total(values, count, 0, 1) / (double)count;
  *deviation = sqrt(total(values, count, *mean, 2) / (double)count);
}
FOR_EACH_PROCESSOR(cf_moments, (const double *values, size_t count, double *mean, double *deviation), (values, count, mean, deviation))

INLINE void cf_scale_body(const double *values, size_t count, double shift, double scale, double *to) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) store(to + i, (load(values + i) - shift) * scale);
  for (; i < count; i++) to[i] = (values[i] - shift) * scale;
}
FOR_EACH_PROCESSOR(cf_scale, (const double *values, size_t count, double shift, double scale, double *to), (values, count, shift, scale, to))

INLINE void cf_scale_to_float_body(const double *values, size_t count, double shift, double scale, float *to) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    *(f8u *)(to + i) = __builtin_convertvector((load(values + i) - shift) * scale, f8u);
  for (; i < count; i++) to[i] = (float)((values[i] - shift) * scale);
}
FOR_EACH_PROCESSOR(cf_scale_to_float, (const double *values, size_t count, double shift, double scale, float *to), (values, count, shift, scale, to))

/// The natural logarithm of positive, normal numbers, to about 1e-15 of it.
INLINE v8 logarithm(v8 x) {
  // x = 2^exponent m with m from sqrt(1/2) to sqrt(2); subtracting sqrt(1/2)'s bits puts the cut there.
  const int64_t cut = 0x3FE6A09E667F3BCD;
  i8 bits = (i8)x - cut;
  v8 exponent = __builtin_convertvector(bits >> 52, v8);
  v8 m = (v8)((bits & 0xFFFFFFFFFFFFF) + cut);
  // ln m = 2 artanh s, s = (m - 1) / (m + 1), at most 0.172.
  v8 s = (m - 1) / (m + 1), q = s * s;
  v8 series = all(1.0 / 19);
  for (int n = 17; n >= 3; n -= 2) series = series * q + 1.0 / n;
  return exponent * 0.693147180559945309417 + (2 * s + 2 * s * q * series);
}

INLINE void cf_logarithms_body(double *values, size_t count, double floor, double scale) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) store(values + i, logarithm(load(values + i) + floor) * scale);
  if (i < count) {
    v8 last = load_some(values + i, count - i);
    for (size_t j = count - i; j < 8; j++) last[j] = 1;
    store_some(values + i, logarithm(last + floor) * scale, count - i);
  }
}
FOR_EACH_PROCESSOR(cf_logarithms, (double *values, size_t count, double floor, double scale), (values, count, floor, scale))

/// The frame left of an output frame's place, and how far the place is beyond it.
static inline size_t frame_before(size_t output, size_t from, size_t to, double *share) {
  double place = ((double)output + 0.5) * (double)from / (double)to - 0.5;
  if (place < 0) place = 0;
  size_t index = (size_t)place;
  if (index > from - 1) index = from - 1;
  *share = place - (double)index;
  return index;
}

size_t cf_resized_frames(size_t from, size_t to, size_t *frames) {
  size_t count = 0;
  for (size_t output = 0; output < to; output++) {
    double share;
    size_t index = frame_before(output, from, to, &share);
    for (size_t frame = index; frame <= index + 1 && frame < from; frame++)
      if (!count || frames[count - 1] < frame) frames[count++] = frame;
  }
  return count;
}

INLINE void cf_resize_time_body(const double *values, size_t from, size_t bins, size_t to, double *resized) {
  for (size_t frame = 0; frame < to; frame += 8) {
    size_t frames = to - frame < 8 ? to - frame : 8;
    const double *left[8], *right[8];
    double share[8];
    for (size_t f = 0; f < 8; f++) {
      size_t index = frame_before(frame + f, from, to, &share[f]);
      left[f] = values + index * bins;
      right[f] = values + (index + 1 < from ? index + 1 : index) * bins;
    }
    for (size_t bin = 0; bin < bins; bin += 8) {
      size_t lanes = bins - bin < 8 ? bins - bin : 8;
      v8 x[8];
      for (size_t f = 0; f < 8; f++) {
        v8 a = lanes == 8 ? load(left[f] + bin) : load_some(left[f] + bin, lanes);
        v8 b = lanes == 8 ? load(right[f] + bin) : load_some(right[f] + bin, lanes);
        x[f] = a + (b - a) * share[f];
      }
      transpose(x);
      for (size_t lane = 0; lane < lanes; lane++) {
        double *to_row = resized + (bin + lane) * to + frame;
        if (frames == 8) store(to_row, x[lane]);
        else store_some(to_row, x[lane], frames);
      }
    }
  }
}
FOR_EACH_PROCESSOR(cf_resize_time, (const double *values, size_t from, size_t bins, size_t to, double *resized), (values, from, bins, to, resized))
