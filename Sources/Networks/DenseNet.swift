import Torch

/// DenseNet (Huang 2017), torchvision's `densenet121` to `densenet201`; always batch norm, ReLU, convolution.
func denseNet(_ scope: Scope, _ classCount: Int, growth: Int, blocks: [Int], stem: Int) throws
  -> (body: any Layer, head: any Layer)
{
  let features = scope("features")
  var layers: [any Layer] = [
    try convolution(features("conv0"), 3, stem, size: 7, stride: 2), try BatchNorm2d(features("norm0"), stem), ReLU(),
    MaxPool2d(3, stride: 2, padding: 1),
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
      layers += [
        try BatchNorm2d(transition("norm"), channels), ReLU(),
        try convolution(transition("conv"), channels, channels / 2, size: 1), AveragePool2d(2, stride: 2),
      ]
      channels /= 2
    }
  }
  layers.append(try BatchNorm2d(features("norm5"), channels))
  layers += [ReLU(), AdaptiveAveragePool2d(1, 1), Flatten()]
  return (
    Sequential(layers), try Linear(scope("classifier"), channels, classCount, initialization: .standardWithZeroBias)
  )
}

private func convolution(_ scope: Scope, _ inputs: Int, _ outputs: Int, size: Int, stride: Int = 1) throws -> Conv2d {
  try Conv2d(
    scope, inputs, outputs, size: size, stride: stride, padding: size / 2, hasBias: false,
    initialization: .kaimingNormal)
}

/// Adds `growth` channels, made from all channels before it, to those channels.
private struct DenseLayer: Layer {
  private let branch: any Layer

  private init(branch: any Layer) { self.branch = branch }

  init(_ scope: Scope, _ inputs: Int, growth: Int) throws {
    branch = Sequential([
      try BatchNorm2d(scope("norm1"), inputs), ReLU(), try convolution(scope("conv1"), inputs, 4 * growth, size: 1),
      try BatchNorm2d(scope("norm2"), 4 * growth), ReLU(), try convolution(scope("conv2"), 4 * growth, growth, size: 3),
    ])
  }

  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try Tensor.concatenate([input, branch(input, training: training)], dimension: 1)
  }

  func forEvaluation(in precision: Precision) throws -> any Layer {
    DenseLayer(branch: try branch.forEvaluation(in: precision))
  }
}
