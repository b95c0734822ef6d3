import CTorch

/// One step of a network: a tensor in, a tensor out.
///
/// `training` switches dropout on and has batch normalisation use, and learn, the statistics of the batch.
public protocol Layer: Sendable {
  /// The layer's output.
  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor

  /// The layer for evaluation alone, with convolutions and what follows them as one step, and their weights in `dtype`;
  /// it takes its parameters over, so that this one is of no use any more.
  func fused(as dtype: DType) throws -> any Layer
}

extension Layer {
  /// The layer itself, in which there is nothing to fuse.
  public func fused(as dtype: DType) throws -> any Layer { self }
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

  /// The layers fused, and each convolution with the normalisation and the ReLU that follow it.
  public func fused(as dtype: DType) throws -> any Layer {
    var fused: [any Layer] = []
    var rest = layers[...]
    while let layer = rest.popFirst() {
      guard let convolution = layer as? Conv2d else {
        fused.append(try layer.fused(as: dtype))
        continue
      }
      let norm = rest.first as? BatchNorm2d
      if norm != nil { rest.removeFirst() }
      let isRectified = rest.first is ReLU
      if isRectified { rest.removeFirst() }
      fused.append(try FusedConv2d(convolution, norm, isRectified: isRectified, as: dtype))
    }
    return Sequential(fused)
  }
}

/// max(x, 0), written over its input where nothing else needs that.
public struct ReLU: Layer {
  private let inPlace: Bool

  /// `inPlace` is safe behind convolutions and normalisations, whose gradients do not need their outputs.
  public init(inPlace: Bool = true) { self.inPlace = inPlace }

  /// The elements, with zero in place of the negative ones.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    guard inPlace else { return try tensor { ct_relu(input.handle, $0, $1) } }
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
