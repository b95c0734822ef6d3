// Process-wide state: autocast, random numbers, threads, memory.
#include <stdlib.h>

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/cpu/Utils.h>
#include <torch/torch.h>
#include <torch/version.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "shim.h"

using namespace ctorch;

extern "C" {

int ct_set_autocast(ct_device place, ct_dtype dtype, bool enabled, char **error) {
  return guarded(error, [&] {
    auto type = device(place).type();
    if (enabled) {
      at::autocast::set_autocast_dtype(type, scalar_type(dtype));
      at::autocast::set_autocast_enabled(type, true);
    } else {
      at::autocast::clear_cache();
      at::autocast::set_autocast_enabled(type, false);
    }
  });
}

int ct_seed(uint64_t seed, char **error) {
  return guarded(error, [&] { torch::manual_seed(seed); });
}

int ct_random_state(ct_device place, ct_tensor *out, char **error) {
  return guarded(error, [&] {
    auto generator = at::globalContext().defaultGenerator(device(place));
    std::lock_guard<std::mutex> lock(generator.mutex());
    *out = wrap(generator.get_state());
  });
}

int ct_set_random_state(ct_tensor state, ct_device place, char **error) {
  return guarded(error, [&] {
    auto generator = at::globalContext().defaultGenerator(device(place));
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(state->tensor);
  });
}

// Asked for while the program is loaded, on its main thread, before any other thread can set a number.
static const int default_threads = at::get_num_threads();
int ct_default_threads(void) { return default_threads; }
int ct_threads(void) { return at::get_num_threads(); }
void ct_set_threads(int count) {
  at::get_num_threads();  // has the thread take up the number that it would take up, later, in place of this one
  at::set_num_threads(count);
}
void ct_set_deterministic(bool deterministic) {
  at::globalContext().setDeterministicAlgorithms(deterministic, /*warn_only=*/false);
  // By default it also fills every new tensor with NaN, for operations that read what they have not written. None here
  // do, and the filling took 14% of a training step of SqueezeNet 1.1 and 22% of ResNet-18's (PyTorch's profiler).
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  // libtorch refuses matrix products on CUDA whose workspaces cuBLAS may share out anew from call to call.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}
bool ct_cuda_available(void) { return at::hasCUDA() && torch::cuda::is_available(); }
bool ct_mps_available(void) { return at::hasMPS(); }
bool ct_bfloat16_is_fast(void) {
  static const bool fast = [] {
    auto capabilities = at::cpu::get_cpu_capabilities();
    for (const char *name : {"avx512_bf16", "amx_bf16"}) {
      auto entry = capabilities.find(name);
      if (entry != capabilities.end() && entry->second.isBool() && entry->second.toBool()) return true;
    }
    return false;
  }();
  return fast;
}
const char *ct_version(void) { return TORCH_VERSION; }

void ct_keep_freed_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2000000000);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // extern "C"
