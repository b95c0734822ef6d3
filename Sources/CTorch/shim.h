// What the shim's source files share: the handle, and the guard that turns exceptions into messages.
#pragma once
#include <ATen/ATen.h>

#include <cstring>
#include <exception>

#include "ctorch.h"

struct ct_tensor_s {
  at::Tensor tensor;
};

namespace ctorch {

inline ct_tensor wrap(at::Tensor tensor) { return new ct_tensor_s{std::move(tensor)}; }

inline at::IntArrayRef dims(const int64_t *values, int count) { return {values, static_cast<size_t>(count)}; }

/// Runs `body`; whatever it throws becomes a message that the caller owns.
template <class Body>
int guarded(char **error, Body &&body) {
  try {
    body();
    return 0;
  } catch (const c10::Error &failure) {
    *error = strdup(failure.what_without_backtrace());
  } catch (const std::exception &failure) {
    *error = strdup(failure.what());
  } catch (...) {
    *error = strdup("libtorch failed without a message");
  }
  return 1;
}

inline std::vector<at::Tensor> list(const ct_tensor *tensors, size_t count) {
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (size_t i = 0; i < count; ++i) result.push_back(tensors[i]->tensor);
  return result;
}

at::ScalarType scalar_type(ct_dtype);
ct_dtype dtype_of(const at::Tensor &);
at::Device device(ct_device);

}  // namespace ctorch

// The many operations that make one tensor from one expression.
#define RETURNING(NAME, PARAMETERS, EXPRESSION)                               \
  int NAME PARAMETERS {                                                       \
    return ctorch::guarded(error, [&] { *out = ctorch::wrap(EXPRESSION); });  \
  }
