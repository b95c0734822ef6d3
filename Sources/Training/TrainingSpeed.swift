import Networks
import Torch

/// How fast this machine trains a network, from a few steps on made images.
public enum TrainingSpeed {
  /// Measures the images per second of training.
  ///
  /// - Parameters:
  ///   - size: the images' mel bins and frames.
  ///   - steps: the steps that are timed, after one that is not.
  public static func imagesPerSecond(
    _ architecture: Architecture, settings: TrainingSettings, size: (melCount: Int, frameCount: Int), steps: Int = 2,
    device: Device = .cpu
  ) throws -> Double {
    Runtime.useThreads(Runtime.defaultThreads)
    let network = try Network(architecture, classCount: 8)
    try network.parameters.move(to: device)
    _ = try network.parameters.freeze(settings.frozenPrefixes)
    let optimizer = try AdamW(network.parameters.trainable, weightDecay: settings.weightDecay)
    let count = settings.batchSize * 3 * size.melCount * size.frameCount
    let values = (0..<count).map { Float(($0 &* 2_654_435_761) & 0xFFFF) / 32_768 - 1 }
    var images = try Tensor(values, shape: [settings.batchSize, 3, size.melCount, size.frameCount])
    if settings.isChannelsLast { images = try images.channelsLast() }
    images = try images.to(device)
    let targets = try Tensor((0..<settings.batchSize).map { $0 % 8 }).to(device)
    var started = ContinuousClock.now
    for step in 0...steps {
      if step == 1 { started = .now }
      let logits = try Runtime.withPrecision(settings.precision, on: device) {
        try network(images, training: true).to(.float32)
      }
      let loss = try Loss.crossEntropy(logits, targets)
      try loss.backward()
      try optimizer.step(learningRate: 1e-5)
      _ = try loss.item()
    }
    return Double(steps * settings.batchSize) / ((ContinuousClock.now - started) / .seconds(1))
  }
}
