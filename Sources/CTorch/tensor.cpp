// Tensors: making, reading, reshaping, arithmetic, signals.
#include <torch/torch.h>

#include "shim.h"

using namespace ctorch;

namespace ctorch {

at::ScalarType scalar_type(ct_dtype dtype) {
  switch (dtype) {
    case CT_FLOAT16: return at::kHalf;
    case CT_BFLOAT16: return at::kBFloat16;
    case CT_FLOAT32: return at::kFloat;
    case CT_FLOAT64: return at::kDouble;
    case CT_INT8: return at::kChar;
    case CT_UINT8: return at::kByte;
    case CT_INT16: return at::kShort;
    case CT_INT32: return at::kInt;
    case CT_INT64: return at::kLong;
    case CT_BOOL: return at::kBool;
    case CT_COMPLEX64: return at::kComplexFloat;
    case CT_COMPLEX128: return at::kComplexDouble;
    case CT_OTHER: break;
  }
  TORCH_CHECK(false, "not a dtype that can be made");
}

ct_dtype dtype_of(const at::Tensor &tensor) {
  switch (tensor.scalar_type()) {
    case at::kHalf: return CT_FLOAT16;
    case at::kBFloat16: return CT_BFLOAT16;
    case at::kFloat: return CT_FLOAT32;
    case at::kDouble: return CT_FLOAT64;
    case at::kChar: return CT_INT8;
    case at::kByte: return CT_UINT8;
    case at::kShort: return CT_INT16;
    case at::kInt: return CT_INT32;
    case at::kLong: return CT_INT64;
    case at::kBool: return CT_BOOL;
    case at::kComplexFloat: return CT_COMPLEX64;
    case at::kComplexDouble: return CT_COMPLEX128;
    default: return CT_OTHER;
  }
}

at::Device device(ct_device device) {
  switch (device) {
    case CT_CUDA: return at::kCUDA;
    case CT_MPS: return at::kMPS;
    default: return at::kCPU;
  }
}

static size_t byte_count(const at::Tensor &tensor) { return tensor.numel() * tensor.element_size(); }

}  // namespace ctorch

extern "C" {

void ct_free(ct_tensor tensor) { delete tensor; }
void ct_free_message(char *message) { free(message); }
int ct_rank(ct_tensor x) { return static_cast<int>(x->tensor.dim()); }
int64_t ct_size(ct_tensor x, int dimension) { return x->tensor.sizes()[static_cast<size_t>(dimension)]; }
ct_dtype ct_get_dtype(ct_tensor x) { return dtype_of(x->tensor); }
ct_device ct_get_device(ct_tensor x) {
  return x->tensor.is_cuda() ? CT_CUDA : x->tensor.is_mps() ? CT_MPS : CT_CPU;
}

int ct_from_bytes(const void *bytes, size_t count, const int64_t *shape, int rank, ct_dtype dtype, ct_tensor *out,
                  char **error) {
  return guarded(error, [&] {
    auto tensor = at::empty(dims(shape, rank), scalar_type(dtype));
    TORCH_CHECK(byte_count(tensor) == count, "shape ", dims(shape, rank), " needs ", byte_count(tensor),
                " bytes, got ", count);
    if (count > 0) memcpy(tensor.data_ptr(), bytes, count);
    *out = wrap(tensor);
  });
}

int ct_full(const int64_t *shape, int rank, double value, ct_dtype dtype, ct_device place, ct_tensor *out,
            char **error) {
  return guarded(error, [&] {
    *out = wrap(at::full(dims(shape, rank), value, at::TensorOptions(scalar_type(dtype)).device(device(place))));
  });
}

int ct_uniform(const int64_t *shape, int rank, double low, double high, ct_tensor *out, char **error) {
  return guarded(error, [&] { *out = wrap(at::empty(dims(shape, rank), at::kFloat).uniform_(low, high)); });
}

int ct_normal(const int64_t *shape, int rank, double std, ct_tensor *out, char **error) {
  return guarded(error, [&] { *out = wrap(at::empty(dims(shape, rank), at::kFloat).normal_(0, std)); });
}

int ct_copy_bytes(ct_tensor x, void *destination, size_t count, char **error) {
  return guarded(error, [&] {
    auto tensor = x->tensor.detach().to(at::kCPU).contiguous();
    TORCH_CHECK(byte_count(tensor) == count, "a tensor of ", byte_count(tensor), " bytes read into ", count);
    if (count > 0) memcpy(destination, tensor.data_ptr(), count);
  });
}

int ct_data(ct_tensor x, void **pointer, char **error) {
  return guarded(error, [&] {
    TORCH_CHECK(x->tensor.is_cpu() && x->tensor.is_contiguous(), "only a contiguous CPU tensor can be read in place");
    *pointer = x->tensor.data_ptr();
  });
}

int ct_assign(ct_tensor destination, ct_tensor source, char **error) {
  return guarded(error, [&] {
    TORCH_CHECK(destination->tensor.sizes() == source->tensor.sizes(), "cannot assign a tensor of shape ",
                source->tensor.sizes(), " to one of shape ", destination->tensor.sizes());
    at::NoGradGuard no_grad;
    destination->tensor.copy_(source->tensor);
  });
}

int ct_move(ct_tensor x, ct_device place, char **error) {
  return guarded(error, [&] { x->tensor.set_data(x->tensor.to(device(place))); });
}

int ct_lay_channels_last(ct_tensor x, char **error) {
  return guarded(error, [&] {
    if (x->tensor.dim() == 4) x->tensor.set_data(x->tensor.data().contiguous(at::MemoryFormat::ChannelsLast));
  });
}

RETURNING(ct_reshape, (ct_tensor x, const int64_t *shape, int rank, ct_tensor *out, char **error),
          x->tensor.reshape(dims(shape, rank)))
RETURNING(ct_permute, (ct_tensor x, const int64_t *order, int rank, ct_tensor *out, char **error),
          x->tensor.permute(dims(order, rank)))
RETURNING(ct_narrow, (ct_tensor x, int dimension, int64_t start, int64_t length, ct_tensor *out, char **error),
          x->tensor.narrow(dimension, start, length))
RETURNING(ct_index_select,
          (ct_tensor x, int dimension, const int64_t *indices, size_t count, ct_tensor *out, char **error),
          x->tensor.index_select(
              dimension, at::tensor(at::ArrayRef<int64_t>(indices, count), at::kLong).to(x->tensor.device())))
RETURNING(ct_concatenate, (const ct_tensor *tensors, size_t count, int dimension, ct_tensor *out, char **error),
          at::cat(list(tensors, count), dimension))
RETURNING(ct_channels_last, (ct_tensor x, ct_tensor *out, char **error),
          x->tensor.contiguous(at::MemoryFormat::ChannelsLast))
RETURNING(ct_to_dtype, (ct_tensor x, ct_dtype dtype, ct_tensor *out, char **error), x->tensor.to(scalar_type(dtype)))
RETURNING(ct_to_device, (ct_tensor x, ct_device place, ct_tensor *out, char **error), x->tensor.to(device(place)))
RETURNING(ct_clone, (ct_tensor x, ct_tensor *out, char **error), x->tensor.clone())
RETURNING(ct_detach, (ct_tensor x, ct_tensor *out, char **error), x->tensor.detach())

RETURNING(ct_add, (ct_tensor x, ct_tensor y, ct_tensor *out, char **error), x->tensor + y->tensor)
RETURNING(ct_subtract, (ct_tensor x, ct_tensor y, ct_tensor *out, char **error), x->tensor - y->tensor)
RETURNING(ct_multiply, (ct_tensor x, ct_tensor y, ct_tensor *out, char **error), x->tensor * y->tensor)
RETURNING(ct_divide, (ct_tensor x, ct_tensor y, ct_tensor *out, char **error), x->tensor / y->tensor)
RETURNING(ct_scale_shift, (ct_tensor x, double scale, double shift, ct_tensor *out, char **error),
          x->tensor * scale + shift)
RETURNING(ct_power, (ct_tensor x, double exponent, ct_tensor *out, char **error), x->tensor.pow(exponent))
RETURNING(ct_exponential, (double base, ct_tensor x, ct_tensor *out, char **error), at::pow(base, x->tensor))
RETURNING(ct_matmul, (ct_tensor x, ct_tensor y, ct_tensor *out, char **error), x->tensor.matmul(y->tensor))
RETURNING(ct_sum, (ct_tensor x, int dimension, bool keep, ct_tensor *out, char **error),
          x->tensor.sum(dimension, keep))
RETURNING(ct_mean, (ct_tensor x, int dimension, bool keep, ct_tensor *out, char **error),
          x->tensor.mean(dimension, keep))
RETURNING(ct_argmax, (ct_tensor x, int dimension, ct_tensor *out, char **error), x->tensor.argmax(dimension))
RETURNING(ct_hann_window, (int64_t length, ct_tensor *out, char **error), at::hann_window(length))
RETURNING(ct_rfft, (ct_tensor x, ct_tensor *out, char **error), at::fft_rfft(x->tensor))
RETURNING(ct_irfft, (ct_tensor x, int64_t length, ct_tensor *out, char **error), at::fft_irfft(x->tensor, length))

int ct_item(ct_tensor x, double *out, char **error) {
  return guarded(error, [&] { *out = x->tensor.item().toDouble(); });
}

int ct_largest(ct_tensor x, double *out, char **error) {
  return guarded(error, [&] {
    *out = x->tensor.numel() == 0 ? 0 : x->tensor.to(at::kDouble).abs().max().item().toDouble();
  });
}

int ct_eigh(ct_tensor x, ct_tensor *values, ct_tensor *vectors, char **error) {
  return guarded(error, [&] {
    auto result = at::linalg_eigh(x->tensor);
    *values = wrap(std::get<0>(result));
    *vectors = wrap(std::get<1>(result));
  });
}

}  // extern "C"
