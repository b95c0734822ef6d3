import ArgumentParser
import Foundation
import Torch
import Training

/// Many training steps of a tiny network; prints the resident memory now and then.
struct Soak: ParsableCommand {
  @Option(help: "The number of steps.") var steps = 10_000
  @Option(help: "The steps from one line to the next.") var every = 1_000

  func run() throws {
    Runtime.useThreads(1)  // more would only wait for each other
    Runtime.keepFreedMemory()
    try Runtime.seed(1)
    let store = ParameterStore()
    let network = try tinyNetwork(store.root)
    var settings = TrainingSettings()
    settings.weightAveraging = 0.99
    let step = try TrainingStep(store, settings)
    for number in 1...steps {
      let images = try Tensor.normal([8, 3, 16, 16]).channelsLast()
      try step.take(number, targets: Tensor((0..<8).map { ($0 + number) % 8 })) {
        try Runtime.withPrecision(settings.precision) { try network(images, training: true).to(.float32) }
      }
      if number % every == 0 { try printLine(["step": Double(number), "megabytes": residentMegabytes()]) }
    }
  }

  /// A convolution, its normalisation, and a linear layer.
  private func tinyNetwork(_ root: Scope) throws -> Sequential {
    Sequential([
      try Conv2d(root("conv"), 3, 8, size: 3, padding: 1), try BatchNorm2d(root("norm"), 8), ReLU(),
      MaxPool2d(2, stride: 2), AdaptiveAveragePool2d(1, 1), Flatten(), Dropout(0.5), try Linear(root("linear"), 8, 8),
    ])
  }

  /// What of this process is in memory, in units of 10^6 bytes.
  private func residentMegabytes() throws -> Double {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    guard fields.count > 1, let pages = Double(fields[1]) else {
      throw ValidationError("/proc/self/statm: expected page counts; the soak benchmark needs Linux")
    }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1e6
  }
}
