import CTorch

/// A convolution in eight bits, for evaluation alone (`torch.ops.onednn.qconv2d_pointwise`).
///
/// Each output channel of the weight is rounded to 255 levels about 0, each image of the input to 128 levels between 0 and
/// its own largest value, so that an answer does not depend on what else is in its batch. Products are summed in int32.
struct EightBitConv2d: Layer {
  private let weight: Tensor
  private let scales: Tensor
  private let bias: Tensor?
  private let stride: [Int64]
  private let padding: [Int64]

  /// The convolution of a layer whose input is never negative, as behind a ReLU.
  ///
  /// - throws: `TorchError` where this libtorch has none in eight bits, see ``Precision/isAvailable(on:)``.
  init(_ convolution: Conv2d) throws {
    (bias, stride, padding) = (convolution.bias, convolution.stride, convolution.padding)
    var packed: ct_tensor?
    let (stride, padding) = (stride, padding)
    scales = try Runtime.withoutGradients {
      try tensor { ct_pack_eight_bits(convolution.weight.handle, stride, padding, &packed, $0, $1) }
    }
    guard let packed else { throw TorchError("libtorch returned no packed weight") }
    weight = Tensor(owning: packed)
  }

  /// (batch, in, height, width) to (batch, out, height, width).
  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try tensor {
      ct_eight_bit_conv2d(input.handle, weight.handle, scales.handle, bias?.handle, stride, padding, $0, $1)
    }
  }
}

/// A layer that sees one image of a batch after the other, before convolutions in eight bits: libtorch's sums may differ in
/// their last bits from one batch to another, and where a value lies between two levels, that would be a whole level.
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
