// Convolutions in int8, as oneDNN computes them.
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shim.h"

using namespace ctorch;

namespace {

// libtorch has these as operators by name alone, whose arguments are those of torch.ops.onednn.
c10::OperatorHandle named(const char *name) { return c10::Dispatcher::singleton().findSchemaOrThrow(name, ""); }

at::Tensor call(const c10::OperatorHandle &operation, std::vector<c10::IValue> values) {
  operation.callBoxed(&values);
  return values.at(0).toTensor();
}

/// 127 and not 255: without VNNI, processors add two products of unsigned and signed bytes in 16 bits.
constexpr float quant_max = 127;

/// Images (image, channel, height, width) as uint8, each with a scale of its own, by which its largest value is quant_max.
/// Values below zero become zero.
at::Tensor quantize(const at::Tensor &images, std::vector<float> &scales) {
  auto quantized = at::empty_like(images, images.options().dtype(at::kByte));
  const float *from = images.const_data_ptr<float>();
  uint8_t *to = quantized.mutable_data_ptr<uint8_t>();
  const int64_t count = images.size(0), size = count == 0 ? 0 : images.numel() / count;
  scales.resize(count);
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image) {
      const float *values = from + image * size;
      // Eight maxima side by side, so that one does not wait for the other.
      float maxima[8] = {};
      int64_t i = 0;
      for (; i + 8 <= size; i += 8)
        for (int j = 0; j < 8; ++j) maxima[j] = std::max(maxima[j], values[i + j]);
      for (; i < size; ++i) maxima[0] = std::max(maxima[0], values[i]);
      const float maximum = *std::max_element(maxima, maxima + 8);
      TORCH_CHECK(std::isfinite(maximum), "a value before a convolution in int8 is infinite");
      scales[image] = maximum / quant_max;
      // What is smaller than a normal number has no inverse.
      const float inverse = maximum >= std::numeric_limits<float>::min() ? quant_max / maximum : 0;
      for (int64_t k = 0; k < size; ++k)
        to[image * size + k] = static_cast<uint8_t>(static_cast<int32_t>(std::max(0.0f, values[k]) * inverse + 0.5f));
    }
  });
  return quantized;
}

/// sums * scale of the image + bias of the channel, over sums (image, channel, height, width), channels innermost.
void dequantize(at::Tensor &sums, const std::vector<float> &scales, const float *bias) {
  float *data = sums.mutable_data_ptr<float>();
  const int64_t channels = sums.size(1), places = sums.size(2) * sums.size(3);
  at::parallel_for(0, sums.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image)
      for (int64_t place = 0; place < places; ++place) {
        float *values = data + (image * places + place) * channels;
        for (int64_t c = 0; c < channels; ++c) values[c] = values[c] * scales[image] + bias[c];
      }
  });
}

}  // namespace

extern "C" {

bool ct_int8_available(void) {
#ifdef __x86_64__
  static const bool available = __builtin_cpu_supports("avx2") && at::globalContext().hasMKLDNN() &&
                                c10::Dispatcher::singleton().findSchema({"onednn::qconv2d_pointwise", ""}).has_value();
  return available;
#else
  return false;
#endif
}

int ct_quantize_weight(ct_tensor weight, const int64_t stride[2], const int64_t padding[2], ct_tensor *packed,
                       ct_tensor *scales, char **error) {
  return guarded(error, [&] {
    static const auto prepack = named("onednn::qconv_prepack");
    const auto &values = weight->tensor;
    auto steps = values.abs().amax({1, 2, 3}).div(127);
    auto integers = values.div(steps.clamp_min(1e-30).reshape({-1, 1, 1, 1})).round_().to(at::kChar).contiguous();
    auto result = call(prepack, {integers, steps, 1.0, 0, dims(stride, 2), dims(padding, 2), std::vector<int64_t>{1, 1},
                                 1, c10::IValue()});
    *packed = wrap(result);
    *scales = wrap(steps);
  });
}

int ct_quantized_conv2d(ct_tensor x, ct_tensor packed, ct_tensor scales, ct_tensor zero_points, ct_tensor bias,
                        const int64_t stride[2], const int64_t padding[2], ct_tensor *out, char **error) {
  return guarded(error, [&] {
    static const auto convolve = named("onednn::qconv2d_pointwise");
    std::vector<float> image_scales;
    auto quantized = quantize(x->tensor.contiguous(at::MemoryFormat::ChannelsLast), image_scales);
    auto sums = call(convolve, {quantized, 1.0, 0, packed->tensor, scales->tensor, zero_points->tensor, c10::IValue(),
                                dims(stride, 2), dims(padding, 2), std::vector<int64_t>{1, 1}, 1, 1.0, 0, at::kFloat,
                                "none", c10::List<std::optional<at::Scalar>>(), ""})
                    .contiguous(at::MemoryFormat::ChannelsLast);
    dequantize(sums, image_scales, bias->tensor.const_data_ptr<float>());
    *out = wrap(sums);
  });
}

}  // extern "C"
