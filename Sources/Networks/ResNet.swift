import Torch

/// ResNet (He 2016), torchvision's `resnet18`, `resnet34` and `resnet50`.
func resNet(_ scope: Scope, _ classCount: Int, _ block: ResidualBlock, blocks: [Int]) throws
  -> (body: any Layer, head: any Layer)
{
  var layers: [any Layer] = [
    try convolution(scope("conv1"), 3, 64, size: 7, stride: 2), try BatchNorm2d(scope("bn1"), 64), ReLU(),
    MaxPool2d(3, stride: 2, padding: 1),
  ]
  var channels = 64
  for (stage, count) in blocks.enumerated() {
    let width = 64 << stage
    for index in 0..<count {
      let place = scope("layer\(stage + 1)")(index)
      let stride = stage > 0 && index == 0 ? 2 : 1
      // The branch draws its start before the shortcut does.
      let branch = try block.branch(place, channels, width: width, stride: stride)
      layers.append(try Residual(place, branch: branch, channels, width * block.expansion, stride: stride))
      channels = width * block.expansion
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

/// The branch of convolutions that a block adds to its input.
enum ResidualBlock {
  /// Two 3 x 3 convolutions.
  case basic
  /// A 3 x 3 convolution between two 1 x 1 ones; the stride is on the 3 x 3, as torchvision has it ("v1.5").
  case bottleneck

  /// Output channels as a multiple of the block's width.
  var expansion: Int {
    switch self {
    case .basic: 1
    case .bottleneck: 4
    }
  }

  /// The branch's layers, from `inputs` channels to `width * expansion`.
  func branch(_ scope: Scope, _ inputs: Int, width: Int, stride: Int) throws -> [any Layer] {
    switch self {
    case .basic:
      [
        try convolution(scope("conv1"), inputs, width, size: 3, stride: stride),
        try BatchNorm2d(scope("bn1"), width), ReLU(),
        try convolution(scope("conv2"), width, width, size: 3), try BatchNorm2d(scope("bn2"), width),
      ]
    case .bottleneck:
      [
        try convolution(scope("conv1"), inputs, width, size: 1), try BatchNorm2d(scope("bn1"), width), ReLU(),
        try convolution(scope("conv2"), width, width, size: 3, stride: stride),
        try BatchNorm2d(scope("bn2"), width), ReLU(),
        try convolution(scope("conv3"), width, width * expansion, size: 1),
        try BatchNorm2d(scope("bn3"), width * expansion),
      ]
    }
  }
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
