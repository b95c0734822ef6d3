// The innermost loops of the feature extraction, in C for its vector types and for the choice, when the program
// starts, between builds of one function for different processors.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The tables of a Fourier transform of one size.
typedef struct cf_fourier cf_fourier;

/// Makes the tables for transforms of `size` points: 8 times a product of factors 2, 3 and 5.
///
/// NULL for other sizes and when memory is short.
cf_fourier *cf_fourier_create(size_t size);
void cf_fourier_free(cf_fourier *);

/// Overlapping triangles over the bins 0...size/2 of a power spectrum, in the order of their centres.
///
/// Triangle i has `length[i]` weights, a multiple of 8, the first of them for bin `first[i]`; the weights of all
/// triangles lie one after the other. Weights of bins beyond size/2 are zero and reach up to 7 bins beyond it.
typedef struct {
  size_t count;
  const int32_t *first;
  const int32_t *length;
  const double *weights;
} cf_triangles;

/// Power spectra of windowed frames of a signal (for tables of a power of two, at least 512), each summed under triangles
/// into `sums` (frame, triangle).
///
/// `frames` names the `count` frames that are computed; the rest of `sums` stays as it is. Frame f is
/// `signal[f * hop ..< f * hop + window_length]` times `window`, followed by zeros up to the transform's size. Both
/// arrays are read up to `cf_frame_length(...)` values beyond a frame's start: the caller pads them, the window with
/// zeros. Returns 0, or -1 when memory is short.
int cf_triangle_powers(const cf_fourier *, const double *signal, size_t hop, const size_t *frames, size_t count,
                       const double *window, size_t window_length, const cf_triangles *, double *sums);

/// The number of values that `cf_triangle_powers` reads of each frame and of its window.
size_t cf_frame_length(const cf_fourier *, size_t window_length);

/// The mean of `count` values and their standard deviation (denominator n).
void cf_moments(const double *values, size_t count, double *mean, double *deviation);

/// (x - shift) * scale for each of `count` values, as float64 or as float32.
void cf_scale(const double *values, size_t count, double shift, double scale, double *to);
void cf_scale_to_float(const double *values, size_t count, double shift, double scale, float *to);

/// scale * ln(x + floor) for each of `count` values in place; x + floor must be a positive, normal number.
void cf_logarithms(double *values, size_t count, double floor, double scale);

/// Resizes `bins` columns of `from` frames (frame, bin) to `to` frames, linearly and with frame centres kept, and turns
/// the result to (bin, frame).
void cf_resize_time(const double *values, size_t from, size_t bins, size_t to, double *resized);

/// The frames that `cf_resize_time` reads, in ascending order, into `frames` (room for `from`); returns their number.
size_t cf_resized_frames(size_t from, size_t to, size_t *frames);

/// Whitens values (bin, frame) in place by ZCA, the frames being the observations: z = Sigma^(-1/2) (x - mean), with
/// eigenvalues of Sigma raised to the floor.
///
/// Returns 0; -1 when memory is short; 1 where more than about a quarter of the eigenvalues lie above the floor, for
/// which a full eigen-decomposition is the better way: then only the means have been subtracted.
int cf_whiten(double *values, size_t bins, size_t frames, double epsilon, int is_absolute);

/// The floor of the eigenvalues: `epsilon`, or that share of the largest; above zero even without any variance.
double cf_zca_floor(double epsilon, int is_absolute, double largest);

/// Fourier resampling to one length from any other.
typedef struct cf_resampler cf_resampler;

/// The number of grid points for resampling between two lengths; recordings with the same number share a resampler.
size_t cf_resampler_grid(size_t from, size_t to);

/// NULL where `to` is not 16 times a product of factors 2, 3 and 5, and when memory is short.
cf_resampler *cf_resampler_create(size_t grid, size_t to);
void cf_resampler_free(cf_resampler *);

/// Resamples `count` samples, at least 1024, to the resampler's length (`scipy.signal.resample`), with an error of some
/// 1e-10 of the largest sample. Returns 0, or -1 when memory is short.
int cf_resample(const cf_resampler *, const float *samples, size_t count, double *resampled);
