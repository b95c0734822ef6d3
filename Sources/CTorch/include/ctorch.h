// A C face for the libtorch operations that Emotive uses, each once.
//
// Every function that can fail returns 0 on success and 1 on failure; on failure it sets *error to a message that the
// caller frees with ct_free_message, and leaves the out-parameters alone. No C++ exception crosses this header.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor_s *ct_tensor;  // owned by the caller, released with ct_free

typedef enum {
  CT_FLOAT16, CT_BFLOAT16, CT_FLOAT32, CT_FLOAT64, CT_INT8, CT_UINT8, CT_INT16, CT_INT32, CT_INT64, CT_BOOL,
  CT_COMPLEX64, CT_COMPLEX128, CT_OTHER
} ct_dtype;

typedef enum { CT_CPU, CT_CUDA, CT_MPS } ct_device;

// Lifetime and inspection
void ct_free(ct_tensor);
void ct_free_message(char *);
int ct_rank(ct_tensor);
int64_t ct_size(ct_tensor, int dimension);
ct_dtype ct_get_dtype(ct_tensor);
ct_device ct_get_device(ct_tensor);

// Making tensors and reading them
int ct_from_bytes(const void *bytes, size_t byte_count, const int64_t *shape, int rank, ct_dtype, ct_tensor *out, char **error);
int ct_full(const int64_t *shape, int rank, double value, ct_dtype, ct_device, ct_tensor *out, char **error);
int ct_uniform(const int64_t *shape, int rank, double low, double high, ct_tensor *out, char **error);
int ct_normal(const int64_t *shape, int rank, double std, ct_tensor *out, char **error);
int ct_copy_bytes(ct_tensor, void *destination, size_t byte_count, char **error);
int ct_data(ct_tensor, void **pointer, char **error);  // contiguous CPU tensors only
int ct_assign(ct_tensor destination, ct_tensor source, char **error);
int ct_move(ct_tensor, ct_device, char **error);  // in place, for parameters that layers hold
int ct_lay_channels_last(ct_tensor, char **error);  // in place; a tensor that has not four dimensions stays as it is

// Shape, type, place
int ct_reshape(ct_tensor, const int64_t *shape, int rank, ct_tensor *out, char **error);
int ct_permute(ct_tensor, const int64_t *order, int rank, ct_tensor *out, char **error);
int ct_narrow(ct_tensor, int dimension, int64_t start, int64_t length, ct_tensor *out, char **error);
int ct_index_select(ct_tensor, int dimension, const int64_t *indices, size_t count, ct_tensor *out, char **error);
int ct_concatenate(const ct_tensor *, size_t count, int dimension, ct_tensor *out, char **error);
int ct_channels_last(ct_tensor, ct_tensor *out, char **error);
int ct_to_dtype(ct_tensor, ct_dtype, ct_tensor *out, char **error);
int ct_to_device(ct_tensor, ct_device, ct_tensor *out, char **error);
int ct_clone(ct_tensor, ct_tensor *out, char **error);
int ct_detach(ct_tensor, ct_tensor *out, char **error);

// Arithmetic
int ct_add(ct_tensor, ct_tensor, ct_tensor *out, char **error);
int ct_subtract(ct_tensor, ct_tensor, ct_tensor *out, char **error);
int ct_multiply(ct_tensor, ct_tensor, ct_tensor *out, char **error);
int ct_divide(ct_tensor, ct_tensor, ct_tensor *out, char **error);
int ct_scale_shift(ct_tensor, double scale, double shift, ct_tensor *out, char **error);
int ct_power(ct_tensor, double exponent, ct_tensor *out, char **error);
int ct_exponential(double base, ct_tensor, ct_tensor *out, char **error);
int ct_matmul(ct_tensor, ct_tensor, ct_tensor *out, char **error);
int ct_sum(ct_tensor, int dimension, bool keep, ct_tensor *out, char **error);
int ct_mean(ct_tensor, int dimension, bool keep, ct_tensor *out, char **error);
int ct_argmax(ct_tensor, int dimension, ct_tensor *out, char **error);
int ct_item(ct_tensor, double *out, char **error);
/// The largest absolute value, NaN where there is one; 0 of no elements.
int ct_largest(ct_tensor, double *out, char **error);

// Signals and linear algebra
int ct_hann_window(int64_t length, ct_tensor *out, char **error);
int ct_rfft(ct_tensor, ct_tensor *out, char **error);
int ct_irfft(ct_tensor, int64_t length, ct_tensor *out, char **error);
int ct_eigh(ct_tensor, ct_tensor *values, ct_tensor *vectors, char **error);

// Layers
int ct_linear(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor *out, char **error);
int ct_conv2d(ct_tensor input, ct_tensor weight, ct_tensor bias /* or NULL */, const int64_t stride[2],
              const int64_t padding[2], ct_tensor *out, char **error);
// A convolution in int8: its weight (out, in, height, width) packed, with a scale and a zero point, int32 and 0, for each
// output channel; each image of the input, which must not be negative, is quantized to 0...127 by its own largest value.
int ct_quantize_weight(ct_tensor weight, const int64_t stride[2], const int64_t padding[2], ct_tensor *packed,
                       ct_tensor *scales, char **error);
int ct_quantized_conv2d(ct_tensor input, ct_tensor packed, ct_tensor scales, ct_tensor zero_points, ct_tensor bias,
                        const int64_t stride[2], const int64_t padding[2], ct_tensor *out, char **error);
int ct_batch_norm(ct_tensor input, ct_tensor weight, ct_tensor bias, ct_tensor running_mean, ct_tensor running_var,
                  bool training, double momentum, double epsilon, ct_tensor *out, char **error);
// One layer over (batch, time, feature) from a state of zeros. The parameters are weight_ih, weight_hh, bias_ih, bias_hh of
// each direction in turn, as in torch.nn.GRU.
int ct_gru(ct_tensor input, const ct_tensor *parameters, size_t count, bool training, ct_tensor *out, char **error);
int ct_relu_in_place(ct_tensor, char **error);
int ct_max_pool2d(ct_tensor, int64_t size, int64_t stride, int64_t padding, bool ceil_mode, ct_tensor *out, char **error);
int ct_average_pool2d(ct_tensor, int64_t size, int64_t stride, ct_tensor *out, char **error);
int ct_adaptive_average_pool2d(ct_tensor, int64_t height, int64_t width, ct_tensor *out, char **error);
int ct_dropout(ct_tensor, double probability, bool training, ct_tensor *out, char **error);
int ct_softmax(ct_tensor, int dimension, ct_tensor *out, char **error);

// Losses, each the mean over the batch
int ct_cross_entropy(ct_tensor logits, ct_tensor targets, double label_smoothing, ct_tensor *out, char **error);
int ct_multi_margin(ct_tensor logits, ct_tensor targets, ct_tensor *out, char **error);
int ct_multilabel_margin(ct_tensor logits, ct_tensor targets, ct_tensor *out, char **error);

// Gradients
int ct_set_requires_grad(ct_tensor, bool, char **error);
bool ct_requires_grad(ct_tensor);
int ct_backward(ct_tensor, char **error);
int ct_gradient(ct_tensor, ct_tensor *out /* NULL where there is none */, char **error);
void ct_clear_gradients(const ct_tensor *, size_t count);
bool ct_set_grad_enabled(bool);  // of this thread; returns the previous state
int ct_clip_gradients(const ct_tensor *parameters, size_t count, double max_norm, double *norm, char **error);

// One AdamW step, fused; steps holds one float32 scalar per parameter. Parameters without a gradient are left alone.
int ct_adamw(const ct_tensor *parameters, const ct_tensor *averages, const ct_tensor *squares, const ct_tensor *steps,
             size_t count, double learning_rate, double beta1, double beta2, double epsilon, double weight_decay,
             char **error);

// averages += (1 - decay) * (parameters - averages)
int ct_average(const ct_tensor *averages, const ct_tensor *parameters, size_t count, double decay, char **error);

// Process-wide state
int ct_set_autocast(ct_device, ct_dtype, bool enabled, char **error);  // of this thread
int ct_seed(uint64_t seed, char **error);
int ct_random_state(ct_device, ct_tensor *out, char **error);
int ct_set_random_state(ct_tensor, ct_device, char **error);
void ct_set_threads(int count);  // of this thread, and of threads that have not computed yet
int ct_threads(void);
int ct_default_threads(void);
void ct_set_deterministic(bool);
bool ct_cuda_available(void);
bool ct_mps_available(void);
bool ct_bfloat16_is_fast(void);  // this processor has AVX512-BF16 or AMX
bool ct_int8_available(void);  // this processor has AVX2, and libtorch has oneDNN
const char *ct_version(void);
void ct_keep_freed_memory(void);  // see Runtime.keepFreedMemory

#ifdef __cplusplus
}
#endif
