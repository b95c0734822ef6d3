import ArgumentParser
import Networks
import Torch
import Training

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
    let settings = TrainingSettings()
    let step = try TrainingStep(network.parameters, settings)
    let images = try Tensor.normal([batchSize, 3, 128, 256]).channelsLast()
    let targets = try Tensor((0..<batchSize).map { $0 % 8 })
    let hello = Hello(parameters: network.parameters.parameterCount, precision: settings.precision)
    try answerLines(hello: hello) { line in
      let passing = try seconds {
        for number in 0..<(Int(line) ?? 1) {
          try step.take(number, targets: targets) {
            try network.logits(of: images, in: settings.precision, training: true)
          }
        }
      }
      return ["seconds": passing]
    }
  }
}

extension TrainingStep {
  /// One step as `Trainer` takes it, its running loss and accuracy included.
  ///
  /// - parameter forward: the network's logits of a batch, float32, in training mode.
  func take(_ number: Int, targets: Tensor, _ forward: () throws -> Tensor) throws {
    let (logits, loss) = try take(number, learningRate: 1e-4) {
      let answer = try forward()
      return (answer, try Loss.crossEntropy(answer, targets))
    }
    _ = try (loss.item(), logits.argmax(1).integers())
  }
}

extension Architecture: ExpressibleByArgument {}
