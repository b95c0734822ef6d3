import CTorch

/// One step of a network: a tensor in, a tensor out.
///
/// `training` switches dropout on and has batch normalisation use, and learn, the statistics of the batch.
///
/// Every throwing member throws `TorchError` with libtorch's message.
public protocol Layer: Sendable {
  /// The layer's output.
  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor

  /// The layer for evaluation alone, each batch normalisation behind a convolution made part of that convolution, whose
  /// weights are altered (`torch.nn.utils.fusion.fuse_conv_bn_eval`); with `.int8`, convolutions quantised.
  func forEvaluation(in precision: Precision) throws -> any Layer
}

extension Layer {
  /// The layer itself, in which there is nothing to alter.
  public func forEvaluation(in precision: Precision) throws -> any Layer { self }
}

/// Layers one after another.
public struct Sequential: Layer {
  private let layers: [any Layer]

  /// The layers in their order.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// The output of the last layer.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try layers.reduce(input) { try $1($0, training: training) }
  }

  /// The layers altered, and with each convolution the normalisation that follows it.
  public func forEvaluation(in precision: Precision) throws -> any Layer {
    var folded: [any Layer] = []
    for layer in layers {
      if let norm = layer as? BatchNorm2d, let convolution = folded.last as? Conv2d {
        folded[folded.count - 1] = try convolution.folding(norm)
      } else {
        folded.append(layer)
      }
    }
    return Sequential(try folded.map { try $0.forEvaluation(in: precision) })
  }
}

/// max(x, 0), written over its input: for behind layers whose gradients do not need their outputs, as those of
/// convolutions, linear layers and normalisations.
public struct ReLU: Layer {
  /// A layer without settings.
  public init() {}

  /// The input, with zero in place of the negative elements.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try check { ct_relu_in_place(input.handle, $0) }
    return input
  }
}

/// Zeroes elements at random in training and scales the rest up (`torch.nn.Dropout`).
public struct Dropout: Layer {
  private let probability: Double

  /// The share of elements that are dropped.
  public init(_ probability: Double) { self.probability = probability }

  /// The input itself unless in training.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    guard training else { return input }
    return try tensor { ct_dropout(input.handle, probability, true, $0, $1) }
  }
}

/// (batch, channel, height, width) to (batch, channel * height * width).
public struct Flatten: Layer {
  /// A layer without settings.
  public init() {}

  /// The same elements as (batch, rest).
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try input.reshaped([input.shape[0], -1])
  }
}
