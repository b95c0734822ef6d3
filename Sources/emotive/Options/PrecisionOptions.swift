import ArgumentParser
import Torch

/// How precisely a bundle's networks are computed.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: "The networks' number format: float32, or bfloat16, which is faster where the processor has it and rounds.")
  var precision = Precision.float32
}
