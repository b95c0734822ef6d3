import ArgumentParser
import Torch

/// Where and how precisely a bundle's networks are computed.
struct ComputingOptions: ParsableArguments {
  @Option(help: "Where networks are computed: cpu, cuda or mps.") var device = Device.cpu
  @Option(
    help: "The networks' number format: float32, or bfloat16, which is faster where the processor has it and rounds.")
  var precision = Precision.float32

  func validate() throws { try device.checkAvailable() }
}

extension Device: ExpressibleByArgument {
  /// - throws: `ValidationError` where this machine has no such device.
  func checkAvailable() throws {
    guard !isAvailable else { return }
    throw ValidationError("--device \(rawValue): this machine or this libtorch has none")
  }
}

extension Precision: ExpressibleByArgument {}
