import ArgumentParser
import Torch

/// Where and how precisely a bundle's networks are computed.
struct ComputingOptions: ParsableArguments {
  @Option(help: "Where networks are computed: cpu, cuda or mps.") var device = Device.cpu
  @Option(
    help: """
      The networks' number format: float32; bfloat16, which rounds and is faster where the processor has it; or int8, which \
      rounds more and is the fastest on x86. By default int8 for a bundle with int8 weights, else float32.
      """)
  var precision: Precision?

  func validate() throws {
    try device.checkAvailable()
    guard precision?.isAvailable(on: device) == false else { return }
    throw ValidationError(
      "--precision int8: is for the CPU, and for x86 processors with AVX2; use float32 or bfloat16 here")
  }
}

extension Device: ExpressibleByArgument {
  /// - throws: `ValidationError` where this machine has no such device.
  func checkAvailable() throws {
    guard !isAvailable else { return }
    throw ValidationError("--device \(rawValue): this machine or this libtorch has none")
  }
}

extension Precision: ExpressibleByArgument {}
