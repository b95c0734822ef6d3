// Layers, losses, gradients, the optimizer step.
#include <torch/torch.h>

#include "shim.h"

using namespace ctorch;

extern "C" {

RETURNING(ct_linear, (ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor *out, char **error),
          at::linear(x->tensor, weight->tensor, bias->tensor))
RETURNING(ct_conv2d,
          (ct_tensor x, ct_tensor weight, ct_tensor bias, const int64_t stride[2], const int64_t padding[2],
           ct_tensor *out, char **error),
          at::conv2d(x->tensor, weight->tensor, bias ? bias->tensor : at::Tensor(), dims(stride, 2), dims(padding, 2)))
int ct_batch_norm(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor running_mean, ct_tensor running_var,
                  bool training, double momentum, double epsilon, ct_tensor *out, char **error) {
  return guarded(error, [&] {
    // libtorch would learn a variance that is no number; PyTorch refuses it in Python.
    TORCH_CHECK(!training || x->tensor.numel() != x->tensor.size(1),
                "batch normalisation needs more than one value of each channel to take statistics of, found a batch of one "
                "image with one place; give more images at once, or larger ones");
    *out = wrap(at::batch_norm(x->tensor, weight->tensor, bias->tensor, running_mean->tensor, running_var->tensor, training,
                               momentum, epsilon, /*cudnn_enabled=*/true));
  });
}
RETURNING(ct_max_pool2d,
          (ct_tensor x, int64_t size, int64_t stride, int64_t padding, bool ceil_mode, ct_tensor *out, char **error),
          at::max_pool2d(x->tensor, size, stride, padding, /*dilation=*/1, ceil_mode))
RETURNING(ct_average_pool2d, (ct_tensor x, int64_t size, int64_t stride, ct_tensor *out, char **error),
          at::avg_pool2d(x->tensor, size, stride))
RETURNING(ct_adaptive_average_pool2d, (ct_tensor x, int64_t height, int64_t width, ct_tensor *out, char **error),
          at::adaptive_avg_pool2d(x->tensor, {height, width}))
RETURNING(ct_dropout, (ct_tensor x, double probability, bool training, ct_tensor *out, char **error),
          at::dropout(x->tensor, probability, training))
RETURNING(ct_softmax, (ct_tensor x, int dimension, ct_tensor *out, char **error), at::softmax(x->tensor, dimension))
RETURNING(ct_cross_entropy,
          (ct_tensor logits, ct_tensor targets, double label_smoothing, ct_tensor *out, char **error),
          at::cross_entropy_loss(logits->tensor, targets->tensor, {}, at::Reduction::Mean, -100, label_smoothing))
RETURNING(ct_multi_margin, (ct_tensor logits, ct_tensor targets, ct_tensor *out, char **error),
          at::multi_margin_loss(logits->tensor, targets->tensor))
RETURNING(ct_multilabel_margin, (ct_tensor logits, ct_tensor targets, ct_tensor *out, char **error),
          at::multilabel_margin_loss(logits->tensor, targets->tensor))

int ct_gru(ct_tensor x, const ct_tensor *parameters, size_t count, bool training, ct_tensor *out, char **error) {
  return guarded(error, [&] {
    TORCH_CHECK(count == 4 || count == 8, "a GRU has 4 parameters for each of one or two directions, got ", count);
    auto directions = static_cast<int64_t>(count / 4);
    auto state = at::zeros({directions, x->tensor.size(0), parameters[1]->tensor.size(1)}, x->tensor.options());
    auto result = at::gru(x->tensor, state, list(parameters, count), /*has_biases=*/true, /*num_layers=*/1,
                          /*dropout=*/0, training, /*bidirectional=*/directions == 2, /*batch_first=*/true);
    *out = wrap(std::get<0>(result));
  });
}

int ct_relu_in_place(ct_tensor x, char **error) {
  return guarded(error, [&] { at::relu_(x->tensor); });
}

bool ct_requires_grad(ct_tensor x) { return x->tensor.requires_grad(); }

int ct_set_requires_grad(ct_tensor x, bool required, char **error) {
  return guarded(error, [&] { x->tensor.set_requires_grad(required); });
}

int ct_backward(ct_tensor x, char **error) {
  return guarded(error, [&] { x->tensor.backward(); });
}

int ct_gradient(ct_tensor x, ct_tensor *out, char **error) {
  return guarded(error, [&] {
    auto gradient = x->tensor.grad();
    *out = gradient.defined() ? wrap(gradient) : nullptr;
  });
}

void ct_clear_gradients(const ct_tensor *tensors, size_t count) {
  for (size_t i = 0; i < count; ++i) tensors[i]->tensor.mutable_grad().reset();
}

bool ct_set_grad_enabled(bool enabled) {
  bool previous = at::GradMode::is_enabled();
  at::GradMode::set_enabled(enabled);
  return previous;
}

int ct_clip_gradients(const ct_tensor *parameters, size_t count, double max_norm, double *norm, char **error) {
  return guarded(error, [&] { *norm = torch::nn::utils::clip_grad_norm_(list(parameters, count), max_norm); });
}

int ct_adamw(const ct_tensor *parameters, const ct_tensor *averages, const ct_tensor *squares, const ct_tensor *steps,
             size_t count, double learning_rate, double beta1, double beta2, double epsilon, double weight_decay,
             char **error) {
  return guarded(error, [&] {
    at::NoGradGuard no_grad;
    std::vector<at::Tensor> p, g, m, v, t;
    for (size_t i = 0; i < count; ++i) {
      auto gradient = parameters[i]->tensor.grad();
      if (!gradient.defined()) continue;
      // The fused kernel walks memory linearly, so all four must share one layout.
      const auto &parameter = parameters[i]->tensor;
      if (gradient.strides() != parameter.strides()) {
        gradient = at::empty_like(parameter).copy_(gradient);
      }
      p.push_back(parameter);
      g.push_back(gradient);
      m.push_back(averages[i]->tensor);
      v.push_back(squares[i]->tensor);
      t.push_back(steps[i]->tensor);
    }
    if (p.empty()) return;
    at::_foreach_add_(t, 1);
    at::_fused_adamw_(p, g, m, v, {}, t, learning_rate, beta1, beta2, weight_decay, epsilon, /*amsgrad=*/false,
                      /*maximize=*/false);
  });
}

int ct_average(const ct_tensor *averages, const ct_tensor *parameters, size_t count, double decay, char **error) {
  return guarded(error, [&] {
    at::NoGradGuard no_grad;
    at::_foreach_lerp_(list(averages, count), list(parameters, count), 1 - decay);
  });
}

}  // extern "C"
