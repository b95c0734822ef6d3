import CTorch

/// A convolution with the batch normalisation and the ReLU that follow it as one step, for evaluation.
///
/// Normalisation by running statistics is affine and goes into the weights; the rest is done while the convolution's
/// output is still in the processor's cache.
public struct FusedConv2d: Layer {
  // In PyTorch's order of elements: oneDNN could lay them out once as its kernels read them, but differently for one
  // image on two threads than for more, and turning one such layout into the other takes longer than the convolution.
  private let weight: Tensor
  private let bias: Tensor
  private let stride: [Int64]
  private let padding: [Int64]
  private let isRectified: Bool

  /// Takes the convolution's parameters over and alters them.
  public init(_ convolution: Conv2d, _ norm: BatchNorm2d?, isRectified: Bool, as dtype: DType) throws {
    (weight, bias) = try Runtime.withoutGradients {
      let weight = try convolution.weight.detached()
      var bias = try convolution.bias?.detached() ?? .zeros([weight.shape[0]]).to(weight.device)
      if let (scale, shift) = try norm?.affine() {
        // In place, so that a network's weights are never in memory twice.
        try weight.assign(weight * scale.reshaped([-1, 1, 1, 1]))
        bias = try bias * scale + shift
      }
      return (try weight.to(dtype), try bias.to(dtype))
    }
    stride = convolution.stride
    padding = convolution.padding
    self.isRectified = isRectified
  }

  /// (batch, in, height, width) to (batch, out, height, width), in the weights' dtype.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try tensor {
      ct_fused_conv2d(input.handle, weight.handle, bias.handle, stride, padding, nil, isRectified, $0, $1)
    }
  }

  /// max(convolution + addend, 0); what `addend` held is lost.
  public func rectifiedSum(_ input: Tensor, _ addend: Tensor) throws -> Tensor {
    try tensor {
      ct_fused_conv2d(input.handle, weight.handle, bias.handle, stride, padding, addend.handle, true, $0, $1)
    }
  }
}
