import CTorch

/// A convolution in int8, for evaluation alone (`torch.ops.onednn.qconv2d_pointwise`).
///
/// Each output channel of the weight is quantized to -127...127, each image of the input to 0...127 by its own largest value,
/// so that an answer does not depend on what else is in its batch. Products are summed in int32.
struct QuantizedConv2d: Layer {
  private let weight: Tensor
  private let scales: Tensor
  private let zeroPoints: Tensor
  private let bias: Tensor
  private let stride: [Int64]
  private let padding: [Int64]

  /// The convolution of a layer whose input is never negative, as behind a ReLU.
  ///
  /// - throws: `TorchError` where this libtorch has none in int8, see ``Precision/isAvailable(on:)``.
  init(_ convolution: Conv2d) throws {
    let (stride, padding) = (convolution.stride, convolution.padding)
    var packed: ct_tensor?
    scales = try Runtime.withoutGradients {
      try tensor { ct_quantize_weight(convolution.weight.handle, stride, padding, &packed, $0, $1) }
    }
    guard let packed else { throw TorchError("libtorch returned no packed weight") }
    weight = Tensor(owning: packed)
    zeroPoints = try .zeros(scales.shape, dtype: .int32)
    bias = try convolution.bias ?? .zeros(scales.shape)
    (self.stride, self.padding) = (stride, padding)
  }

  /// (batch, in, height, width) to (batch, out, height, width).
  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try tensor {
      ct_quantized_conv2d(
        input.handle, weight.handle, scales.handle, zeroPoints.handle, bias.handle, stride, padding, $0, $1)
    }
  }
}

/// A layer that sees one image of a batch after the other, before quantized convolutions: libtorch's sums may differ in their
/// last bits from one batch to another, and where a value lies between two integers, that would be a whole one.
struct ImageByImage: Layer {
  let layer: any Layer

  /// (batch, channel, height, width) to what the layer makes of it.
  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    let images = try (0..<input.shape[0]).map { image in
      try layer(input.narrowed(0, start: image, length: 1), training: training)
    }
    return try images.count == 1 ? images[0] : .concatenate(images, dimension: 0)
  }
}
