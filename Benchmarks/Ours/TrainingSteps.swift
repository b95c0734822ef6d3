import ArgumentParser
import Networks
import Torch

/// Training steps on random images, as `Trainer` does them; each line asks for a number of steps.
struct TrainingSteps: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "training")

  @Argument(help: "The network.") var network: Architecture
  @Option(help: "Images per step.") var batchSize = 24
  @Flag(help: "Leave the C allocator as it is, without Runtime.keepFreedMemory.") var returnFreedMemory = false

  private struct Hello: Encodable {
    let parameters: Int
    let precision: Precision
  }

  func run() throws {
    Runtime.useThreads(Runtime.defaultThreads)
    if !returnFreedMemory { Runtime.keepFreedMemory() }
    Runtime.setDeterministic(true)
    try Runtime.seed(1)
    let network = try Network(network, classCount: 8)
    let step = try Step(network.parameters) { try network($0, training: true) }
    let images = try Tensor.normal([batchSize, 3, 128, 256]).channelsLast()
    let targets = try Tensor((0..<batchSize).map { $0 % 8 })
    let hello = Hello(parameters: network.parameters.parameterCount, precision: step.precision)
    try answerLines(hello: hello) { line in
      ["seconds": try seconds { for _ in 0..<(Int(line) ?? 1) { try step.run(images, targets) } }]
    }
  }
}

/// One step of training: what `Trainer.train` does for each batch.
struct Step {
  let precision = Precision.preferred(on: .cpu)
  private let trainable: [Tensor]
  private let optimizer: AdamW
  private let network: (Tensor) throws -> Tensor

  /// - parameter network: images to logits, in training mode.
  init(_ parameters: ParameterStore, network: @escaping (Tensor) throws -> Tensor) throws {
    trainable = parameters.trainable
    optimizer = try AdamW(trainable, weightDecay: 1e-3)
    self.network = network
  }

  func run(_ images: Tensor, _ targets: Tensor) throws {
    trainable.clearGradients()
    let logits = try Runtime.withPrecision(precision) { try network(images).to(.float32) }
    let loss = try Loss.crossEntropy(logits, targets)
    try loss.backward()
    try optimizer.step(learningRate: 1e-4)
    // The trainer's running loss and accuracy.
    _ = try (loss.item(), logits.argmax(1).integers())
  }
}

extension Architecture: ExpressibleByArgument {}
