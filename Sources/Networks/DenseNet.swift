import Torch

/// DenseNet (Huang 2017), torchvision's `densenet121` to `densenet201`; always batch norm, ReLU, convolution.
func denseNet(_ scope: Scope, _ classCount: Int, growth: Int, blocks: [Int], stem: Int) throws
  -> (body: any Layer, head: any Layer)
{
  let features = scope("features")
  var layers: [any Layer] = [
    try Conv2d(
      features("conv0"), 3, stem, size: 7, stride: 2, padding: 3, hasBias: false, initialization: .kaimingNormal),
    try BatchNorm2d(features("norm0"), stem), ReLU(), MaxPool2d(3, stride: 2, padding: 1),
  ]
  var channels = stem
  for (block, count) in blocks.enumerated() {
    let denseBlock = features("denseblock\(block + 1)")
    for index in 1...count {
      layers.append(try DenseLayer(denseBlock("denselayer\(index)"), channels, growth: growth))
      channels += growth
    }
    if block < blocks.count - 1 {
      let transition = features("transition\(block + 1)")
      layers.append(try NormReLUConv(transition, norm: "norm", conv: "conv", channels, channels / 2, size: 1))
      layers.append(AveragePool2d(2, stride: 2))
      channels /= 2
    }
  }
  layers.append(try BatchNorm2d(features("norm5"), channels))
  layers += [ReLU(), AdaptiveAveragePool2d(1, 1), Flatten()]
  return (Sequential(layers), try Linear(scope("classifier"), channels, classCount))
}

private struct NormReLUConv: Layer {
  let norm: BatchNorm2d
  let conv: Conv2d
  let relu = ReLU()

  init(_ scope: Scope, norm: String, conv: String, _ inputs: Int, _ outputs: Int, size: Int) throws {
    self.norm = try BatchNorm2d(scope(norm), inputs)
    self.conv = try Conv2d(
      scope(conv), inputs, outputs, size: size, padding: size / 2, hasBias: false, initialization: .kaimingNormal)
  }

  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try conv(relu(norm(input, training: training), training: training), training: training)
  }
}

/// Adds `growth` channels, made from all channels before it, to those channels.
private struct DenseLayer: Layer {
  let bottleneck: NormReLUConv
  let convolution: NormReLUConv

  init(_ scope: Scope, _ inputs: Int, growth: Int) throws {
    bottleneck = try NormReLUConv(scope, norm: "norm1", conv: "conv1", inputs, 4 * growth, size: 1)
    convolution = try NormReLUConv(scope, norm: "norm2", conv: "conv2", 4 * growth, growth, size: 3)
  }

  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    let new = try convolution(bottleneck(input, training: training), training: training)
    return try Tensor.concatenate([input, new], dimension: 1)
  }

  func fused(as dtype: DType) throws -> any Layer {
    FusedDenseLayer(
      norm: bottleneck.norm,
      bottleneck: try FusedConv2d(bottleneck.conv, convolution.norm, isRectified: true, as: dtype),
      convolution: try FusedConv2d(convolution.conv, nil, isRectified: false, as: dtype))
  }
}

/// The first normalisation stands before its ReLU and stays; the second one goes into the convolution before it.
private struct FusedDenseLayer: Layer {
  let norm: BatchNorm2d
  let relu = ReLU()
  let bottleneck: FusedConv2d
  let convolution: FusedConv2d

  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    let squeezed = try bottleneck(relu(norm(input, training: false), training: false), training: false)
    return try Tensor.concatenate([input, convolution(squeezed, training: false)], dimension: 1)
  }
}
