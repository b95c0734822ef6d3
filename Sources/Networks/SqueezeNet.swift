import Torch

enum SqueezeNetVersion { case v1_0, v1_1 }

/// SqueezeNet (Iandola 2016), torchvision's `squeezenet1_0` and `squeezenet1_1`.
func squeezeNet(_ scope: Scope, _ classCount: Int, _ version: SqueezeNetVersion) throws
  -> (body: any Layer, head: any Layer)
{
  let features = scope("features")
  func pool() -> MaxPool2d { MaxPool2d(3, stride: 2, ceilMode: true) }
  func stem(_ outputs: Int, size: Int) throws -> Conv2d {
    try Conv2d(features(0), 3, outputs, size: size, stride: 2, initialization: .kaimingUniform)
  }
  func fire(_ index: Int, _ inputs: Int, _ squeeze: Int, _ expand: Int) throws -> Fire {
    try Fire(features(index), inputs, squeeze, expand)
  }
  let body =
    switch version {
    case .v1_0:
      Sequential([
        try stem(96, size: 7), ReLU(), pool(),
        try fire(3, 96, 16, 64), try fire(4, 128, 16, 64), try fire(5, 128, 32, 128), pool(),
        try fire(7, 256, 32, 128), try fire(8, 256, 48, 192), try fire(9, 384, 48, 192), try fire(10, 384, 64, 256),
        pool(),
        try fire(12, 512, 64, 256),
      ])
    case .v1_1:
      Sequential([
        try stem(64, size: 3), ReLU(), pool(),
        try fire(3, 64, 16, 64), try fire(4, 128, 16, 64), pool(),
        try fire(6, 128, 32, 128), try fire(7, 256, 32, 128), pool(),
        try fire(9, 256, 48, 192), try fire(10, 384, 48, 192), try fire(11, 384, 64, 256), try fire(12, 512, 64, 256),
      ])
    }
  let head = Sequential([
    Dropout(0.5), try Conv2d(scope("classifier")(1), 512, classCount, size: 1, initialization: .normal(0.01)), ReLU(),
    AdaptiveAveragePool2d(1, 1), Flatten(),
  ])
  return (body, head)
}

/// A narrow 1 x 1 convolution, then 1 x 1 and 3 x 3 ones side by side.
private struct Fire: Layer {
  let squeeze: any Layer
  let expand1x1: any Layer
  let expand3x3: any Layer
  let relu = ReLU()

  private init(_ squeeze: any Layer, _ expand1x1: any Layer, _ expand3x3: any Layer) {
    (self.squeeze, self.expand1x1, self.expand3x3) = (squeeze, expand1x1, expand3x3)
  }

  init(_ scope: Scope, _ inputs: Int, _ squeeze: Int, _ expand: Int) throws {
    func convolution(_ name: String, _ inputs: Int, _ outputs: Int, size: Int) throws -> Conv2d {
      try Conv2d(scope(name), inputs, outputs, size: size, padding: size / 2, initialization: .kaimingUniform)
    }
    self.squeeze = try convolution("squeeze", inputs, squeeze, size: 1)
    expand1x1 = try convolution("expand1x1", squeeze, expand, size: 1)
    expand3x3 = try convolution("expand3x3", squeeze, expand, size: 3)
  }

  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    let squeezed = try relu(squeeze(input, training: training), training: training)
    let expanded = try [expand1x1, expand3x3].map { try $0(squeezed, training: training) }
    return try relu(Tensor.concatenate(expanded, dimension: 1), training: training)
  }

  func forEvaluation(in precision: Precision) throws -> any Layer {
    Fire(
      try squeeze.forEvaluation(in: precision), try expand1x1.forEvaluation(in: precision),
      try expand3x3.forEvaluation(in: precision))
  }
}
