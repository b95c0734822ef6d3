import Torch

/// A convolutional recurrent network in the manner of Choi 2017: convolutions over mel and time, a bidirectional GRU over
/// time, the mean over time, one linear layer.
///
/// Four blocks of convolution, batch norm and ReLU; the first three halve mel and time, so that a step of the GRU is
/// eight frames of the image. What is left of mel is averaged into four bands, whose channels lie side by side.
func convolutionalRecurrentNet(_ scope: Scope, _ classCount: Int) throws -> (body: any Layer, head: any Layer) {
  let widths = [32, 64, 128, 128]
  let bands = 4
  let hidden = 256
  var layers: [any Layer] = []
  for (index, width) in widths.enumerated() {
    layers += [
      try Conv2d(
        scope("conv\(index + 1)"), index == 0 ? 3 : widths[index - 1], width, size: 3, padding: 1, hasBias: false,
        initialization: .kaimingNormalFanOut),
      try BatchNorm2d(scope("bn\(index + 1)"), width), ReLU(),
    ]
    if index < widths.count - 1 { layers.append(MaxPool2d(2, stride: 2)) }
  }
  layers += [
    AdaptiveAveragePool2d(bands, nil), TimeSteps(),
    try BidirectionalGRU(scope("gru"), widths[widths.count - 1] * bands, hidden), MeanOverTime(), Dropout(0.5),
  ]
  return (Sequential(layers), try Linear(scope("fc"), 2 * hidden, classCount))
}

/// (batch, channel, mel, time) to (batch, time, channel * mel).
private struct TimeSteps: Layer {
  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    let shape = input.shape
    return try input.permuted([0, 3, 1, 2]).reshaped([shape[0], shape[3], shape[1] * shape[2]])
  }
}

/// (batch, time, feature) to (batch, feature).
private struct MeanOverTime: Layer {
  func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor { try input.mean(1) }
}
