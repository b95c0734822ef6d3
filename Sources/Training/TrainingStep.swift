import Torch

/// What one batch does to a network: `Trainer` takes such steps, `TrainingSpeed` and the benchmarks time them.
package struct TrainingStep {
  let optimizer: AdamW
  /// The moving average of the weights; nil where the settings ask for none.
  let average: WeightAverage?
  private let trainable: [Tensor]
  private let clipping: Double?

  /// Steps of a network with these parameters, whose frozen layers are frozen.
  ///
  /// - throws: `TorchError`, as for want of memory.
  package init(_ parameters: ParameterStore, _ settings: TrainingSettings) throws {
    trainable = parameters.trainable
    optimizer = try AdamW(trainable, weightDecay: settings.weightDecay)
    average = try settings.weightAveraging.map { try WeightAverage(parameters, decay: $0) }
    clipping = settings.gradientClipping
  }

  /// Moves the weights against the gradients of a loss.
  ///
  /// - Parameters:
  ///   - step: the number of the step, from 0.
  ///   - forward: the logits of a batch and their loss.
  /// - Returns: what `forward` gave.
  /// - throws: `TorchError`, and what `forward` throws.
  package func take(
    _ step: Int, learningRate: Double, _ forward: () throws -> (logits: Tensor, loss: Tensor)
  ) throws -> (logits: Tensor, loss: Tensor) {
    trainable.clearGradients()
    let output = try forward()
    try output.loss.backward()
    if let clipping { try trainable.clipGradients(to: clipping) }
    try optimizer.step(learningRate: learningRate)
    try average?.update(step: step)
    return output
  }
}
