import Torch

/// ResNet (He 2016), torchvision's `resnet18`, `resnet34` and `resnet50`.
func resNet<Block: ResidualBlock>(_ scope: Scope, _ classCount: Int, _: Block.Type, blocks: [Int]) throws
  -> (body: any Layer, head: any Layer)
{
  var layers: [any Layer] = [
    try convolution(scope("conv1"), 3, 64, size: 7, stride: 2), try BatchNorm2d(scope("bn1"), 64), ReLU(),
    MaxPool2d(3, stride: 2, padding: 1),
  ]
  var channels = 64
  for (stage, count) in blocks.enumerated() {
    for index in 0..<count {
      let block = scope("layer\(stage + 1)")(index)
      layers.append(try Block(block, channels, width: 64 << stage, stride: stage > 0 && index == 0 ? 2 : 1))
      channels = (64 << stage) * Block.expansion
    }
  }
  layers += [AdaptiveAveragePool2d(1, 1), Flatten()]
  return (Sequential(layers), try Linear(scope("fc"), channels, classCount))
}

private func convolution(_ scope: Scope, _ inputs: Int, _ outputs: Int, size: Int, stride: Int = 1) throws -> Conv2d {
  try Conv2d(
    scope, inputs, outputs, size: size, stride: stride, padding: size / 2, hasBias: false,
    initialization: .kaimingNormalFanOut)
}

/// A branch of convolutions added to its input.
protocol ResidualBlock: Layer {
  /// Output channels as a multiple of the block's width.
  static var expansion: Int { get }
  init(_ scope: Scope, _ inputs: Int, width: Int, stride: Int) throws
}

/// The branch's layers and the shortcut around them, which changes the shape where the branch does.
private struct Residual: Layer {
  let branch: any Layer
  let shortcut: (any Layer)?
  let relu = ReLU()

  private init(branch: any Layer, shortcut: (any Layer)?) {
    self.branch = branch
    self.shortcut = shortcut
  }

  init(_ scope: Scope, branch: [any Layer], _ inputs: Int, _ outputs: Int, stride: Int) throws {
    self.branch = Sequential(branch)
    let downsample = scope("downsample")
    shortcut =
      stride != 1 || inputs != outputs
      ? Sequential([
        try convolution(downsample(0), inputs, outputs, size: 1, stride: stride),
        try BatchNorm2d(downsample(1), outputs),
      ]) : nil
  }

  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    let identity = try shortcut?(input, training: training) ?? input
    return try relu(branch(input, training: training) + identity, training: training)
  }

  func forEvaluation(in precision: Precision) throws -> any Layer {
    Residual(
      branch: try branch.forEvaluation(in: precision), shortcut: try shortcut?.forEvaluation(in: precision))
  }
}

/// Two 3 x 3 convolutions.
struct BasicBlock: ResidualBlock {
  static let expansion = 1
  private let residual: Residual

  init(_ scope: Scope, _ inputs: Int, width: Int, stride: Int) throws {
    let branch: [any Layer] = [
      try convolution(scope("conv1"), inputs, width, size: 3, stride: stride),
      try BatchNorm2d(scope("bn1"), width), ReLU(),
      try convolution(scope("conv2"), width, width, size: 3), try BatchNorm2d(scope("bn2"), width),
    ]
    residual = try Residual(scope, branch: branch, inputs, width, stride: stride)
  }

  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor { try residual(input, training: training) }
  func forEvaluation(in precision: Precision) throws -> any Layer { try residual.forEvaluation(in: precision) }
}

/// A 3 x 3 convolution between two 1 x 1 ones; the stride is on the 3 x 3, as torchvision has it ("v1.5").
struct Bottleneck: ResidualBlock {
  static let expansion = 4
  private let residual: Residual

  init(_ scope: Scope, _ inputs: Int, width: Int, stride: Int) throws {
    let branch: [any Layer] = [
      try convolution(scope("conv1"), inputs, width, size: 1), try BatchNorm2d(scope("bn1"), width), ReLU(),
      try convolution(scope("conv2"), width, width, size: 3, stride: stride),
      try BatchNorm2d(scope("bn2"), width), ReLU(),
      try convolution(scope("conv3"), width, width * Bottleneck.expansion, size: 1),
      try BatchNorm2d(scope("bn3"), width * Bottleneck.expansion),
    ]
    residual = try Residual(scope, branch: branch, inputs, width * Bottleneck.expansion, stride: stride)
  }

  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor { try residual(input, training: training) }
  func forEvaluation(in precision: Precision) throws -> any Layer { try residual.forEvaluation(in: precision) }
}
