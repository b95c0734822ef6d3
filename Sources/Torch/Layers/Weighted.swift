import CTorch

/// How a layer's weights start (`torch.nn.init`).
public enum Initialization: Sendable {
  /// PyTorch's own default for linear and convolution layers: even within 1 / sqrt(inputs).
  case standard
  /// The same with a zero bias, as the head of torchvision's DenseNet.
  case standardWithZeroBias
  /// Normal with variance 2 / outputs ("fan out"), as torchvision's ResNet.
  case kaimingNormalFanOut
  /// Normal with variance 2 / inputs, as torchvision's DenseNet.
  case kaimingNormal
  /// Even with variance 2 / inputs and a zero bias, as torchvision's SqueezeNet.
  case kaimingUniform
  /// Normal with a given standard deviation and a zero bias.
  case normal(Double)

  func weight(_ shape: [Int]) throws -> Tensor {
    let area = shape.dropFirst(2).reduce(1, *)
    let inputs = Double(shape[1] * area)
    let outputs = Double(shape[0] * area)
    switch self {
    case .standard, .standardWithZeroBias:
      return try .uniform(shape, low: -1 / inputs.squareRoot(), high: 1 / inputs.squareRoot())
    case .kaimingNormalFanOut: return try .normal(shape, standardDeviation: (2 / outputs).squareRoot())
    case .kaimingNormal: return try .normal(shape, standardDeviation: (2 / inputs).squareRoot())
    case .kaimingUniform:
      let bound = (6 / inputs).squareRoot()
      return try .uniform(shape, low: -bound, high: bound)
    case .normal(let deviation): return try .normal(shape, standardDeviation: deviation)
    }
  }

  func bias(_ shape: [Int], inputs: Int) throws -> Tensor {
    switch self {
    case .standard, .kaimingNormalFanOut, .kaimingNormal:
      let bound = 1 / Double(inputs).squareRoot()
      return try .uniform(shape, low: -bound, high: bound)
    case .standardWithZeroBias, .kaimingUniform, .normal: return try .zeros(shape)
    }
  }
}

/// A 2-D convolution (`torch.nn.Conv2d`) with parameters `weight` (out, in, height, width) and `bias` (out).
public struct Conv2d: Layer {
  let weight: Tensor
  let bias: Tensor?
  let stride: [Int64]
  let padding: [Int64]

  /// A square kernel of `size`.
  public init(
    _ scope: Scope, _ inputs: Int, _ outputs: Int, size: Int, stride: Int = 1, padding: Int = 0, hasBias: Bool = true,
    initialization: Initialization = .standard
  ) throws {
    weight = try scope.parameter("weight", [outputs, inputs, size, size], initialization.weight)
    bias =
      hasBias
      ? try scope.parameter("bias", [outputs]) { try initialization.bias($0, inputs: inputs * size * size) } : nil
    self.stride = [Int64(stride), Int64(stride)]
    self.padding = [Int64(padding), Int64(padding)]
  }

  /// (batch, in, height, width) to (batch, out, height, width).
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try tensor { ct_conv2d(input.handle, weight.handle, bias?.handle, stride, padding, $0, $1) }
  }

  /// The same in int8 with `.int8`, but for the first of a network, whose images have negative values.
  public func forEvaluation(in precision: Precision) throws -> any Layer {
    guard precision == .int8 else { return self }
    return try weight.shape[1] > 3 ? QuantizedConv2d(self) : ImageByImage(layer: self)
  }

  private init(weight: Tensor, bias: Tensor, like convolution: Conv2d) {
    self.weight = weight
    self.bias = bias
    (stride, padding) = (convolution.stride, convolution.padding)
  }

  /// The convolution with what a normalisation behind it does in evaluation; this one's weights become the new one's, so
  /// that they are never in memory twice.
  func folding(_ norm: BatchNorm2d) throws -> Conv2d {
    try Runtime.withoutGradients {
      let (scale, shift) = try norm.affine()
      try weight.assign(weight * scale.reshaped([-1, 1, 1, 1]))
      return Conv2d(weight: weight, bias: try bias.map { try $0 * scale + shift } ?? shift, like: self)
    }
  }
}

/// An affine map of the last dimension (`torch.nn.Linear`) with parameters `weight` (out, in) and `bias` (out).
public struct Linear: Layer {
  private let weight: Tensor
  private let bias: Tensor

  /// A map from `inputs` to `outputs` values.
  public init(_ scope: Scope, _ inputs: Int, _ outputs: Int, initialization: Initialization = .standard) throws {
    weight = try scope.parameter("weight", [outputs, inputs], initialization.weight)
    bias = try scope.parameter("bias", [outputs]) { try initialization.bias($0, inputs: inputs) }
  }

  /// (..., in) to (..., out).
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try tensor { ct_linear(input.handle, weight.handle, bias.handle, $0, $1) }
  }
}

/// Batch normalisation over (batch, height, width) (`torch.nn.BatchNorm2d`) with parameters `weight` and `bias` and
/// buffers `running_mean` and `running_var`, all (channel).
public struct BatchNorm2d: Layer {
  /// The weight that the input's own statistics get beside the running ones, which become the two's mean before they are
  /// used; nil, as a rule, leaves them as they are.
  @TaskLocal public static var adaptation: Double?

  private static let epsilon = 1e-5
  private let weight: Tensor
  private let bias: Tensor
  private let runningMean: Tensor
  private let runningVariance: Tensor

  /// PyTorch's defaults: momentum 0.1, epsilon 1e-5.
  public init(_ scope: Scope, _ channels: Int) throws {
    weight = try scope.parameter("weight", .full([channels], 1))
    bias = try scope.parameter("bias", .zeros([channels]))
    runningMean = try scope.buffer("running_mean", .zeros([channels]))
    runningVariance = try scope.buffer("running_var", .full([channels], 1))
  }

  /// The input (batch, channel, height, width), each channel normalised, scaled and shifted.
  ///
  /// In training by the batch's own statistics, which the running ones learn; a frozen layer keeps to its running ones.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    if let share = Self.adaptation { _ = try normalized(input, byItsOwn: true, momentum: share) }
    return try normalized(input, byItsOwn: training && weight.requiresGradient, momentum: 0.1)
  }

  private func normalized(_ input: Tensor, byItsOwn: Bool, momentum: Double) throws -> Tensor {
    try tensor {
      ct_batch_norm(
        input.handle, weight.handle, bias.handle, runningMean.handle, runningVariance.handle, byItsOwn, momentum,
        Self.epsilon, $0, $1)
    }
  }

  /// What evaluation multiplies each channel by, and what it then adds (channel).
  fileprivate func affine() throws -> (scale: Tensor, shift: Tensor) {
    let scale = try weight / runningVariance.scaled(by: 1, shiftedBy: Self.epsilon).power(0.5)
    return (scale, try bias - runningMean * scale)
  }
}
