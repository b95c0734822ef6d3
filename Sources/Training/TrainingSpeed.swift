import Networks
import Torch

/// How fast this machine trains a network, from a few steps on made images.
public enum TrainingSpeed {
  /// Measures the images per second of training.
  ///
  /// libtorch computes deterministically from then on, as training has it.
  ///
  /// - Parameters:
  ///   - size: the images' mel bins and frames.
  ///   - steps: the steps that are timed, after one that is not.
  /// - throws: `TorchError`, as for want of memory.
  public static func imagesPerSecond(
    _ architecture: Architecture, settings: TrainingSettings, size: (melCount: Int, frameCount: Int), steps: Int = 2,
    device: Device = .cpu
  ) throws -> Double {
    Runtime.useThreads(Runtime.defaultThreads)
    Runtime.setDeterministic(true)
    let network = try Network(architecture, classCount: 8)
    try network.parameters.move(to: device)
    _ = try network.parameters.freeze(settings.frozenLayers)
    let training = try TrainingStep(network.parameters, settings)
    let batchSize = timedBatchSize(of: settings, on: device)
    let count = batchSize * 3 * size.melCount * size.frameCount
    let values = (0..<count).map { Float(($0 &* 2_654_435_761) & 0xFFFF) / 32_768 - 1 }
    var images = try Tensor(values, shape: [batchSize, 3, size.melCount, size.frameCount])
    if settings.isChannelsLast { images = try images.channelsLast() }
    let targets = try Tensor((0..<batchSize).map { $0 % 8 })
    var started = ContinuousClock.now
    for step in 0...steps {
      if step == 1 { started = .now }
      let (logits, loss) = try training.take(step, learningRate: 1e-5) {
        let logits = try network.logits(of: images, in: settings.precision, training: true)
        return (
          logits, try Loss.crossEntropy(logits, targets.to(device), labelSmoothing: settings.labelSmoothing)
        )
      }
      // The trainer's running loss and accuracy.
      _ = try (loss.item(), logits.argmax(1).integers())
    }
    return Double(steps * batchSize) / ((ContinuousClock.now - started) / .seconds(1))
  }

  /// The images in each timed step: those of a batch, but on a CPU eight at most, which say nearly as much and sooner.
  public static func timedBatchSize(of settings: TrainingSettings, on device: Device) -> Int {
    device == .cpu ? min(settings.batchSize, 8) : settings.batchSize
  }
}
