import Foundation

/// The learning rate as a pure function of the step, as a share of the highest rate.
public enum Schedule: Codable, Sendable, Hashable {
  /// The same rate throughout.
  case constant
  /// Multiplied by `factor` after each `every` epochs (`torch.optim.lr_scheduler.StepLR`; the paper's final choice).
  case steps(every: Int, factor: Double)
  /// Up and down in straight lines between `low` of the highest rate and the highest rate, `period` epochs for both
  /// (`CyclicLR`, mode triangular, stepped per batch).
  case triangular(period: Int, low: Double)
  /// Up over the share `warmUp` of all steps from 1/25 of the highest rate, then down to 1/250,000, both along
  /// cosines (`OneCycleLR` with its defaults).
  case oneCycle(warmUp: Double)
  /// Down to zero along a cosine over all epochs (`CosineAnnealingLR`, stepped per batch).
  case cosine

  /// The share of the highest rate at a step of a run.
  ///
  /// - Parameters:
  ///   - step: the step's number over the whole run, from 0.
  ///   - stepsPerEpoch: the number of batches of an epoch.
  ///   - totalSteps: the number of steps of the run.
  public func share(step: Int, stepsPerEpoch: Int, totalSteps: Int) -> Double {
    switch self {
    case .constant: return 1
    case .steps(let every, let factor):
      return pow(factor, Double(step / max(stepsPerEpoch, 1) / max(every, 1)))
    case .triangular(let period, let low):
      let half = Double(max(period * stepsPerEpoch, 2)) / 2
      let position = Double(step).truncatingRemainder(dividingBy: 2 * half) / half
      return low + (1 - low) * (1 - abs(position - 1))
    case .oneCycle(let warmUp):
      let start = 1.0 / 25
      let end = start / 10_000
      let top = warmUp * Double(totalSteps) - 1
      let last = Double(totalSteps) - 1
      let position = Double(step)
      return position <= top
        ? Self.cosine(from: start, to: 1, at: top > 0 ? position / top : 1)
        : Self.cosine(from: 1, to: end, at: last > top ? (position - top) / (last - top) : 1)
    case .cosine: return Self.cosine(from: 1, to: 0, at: Double(step) / Double(max(totalSteps, 1)))
    }
  }

  func validate(_ require: (Bool, String, String, Any) throws -> Void) throws {
    let range = 1...1_000_000
    switch self {
    case .steps(let every, let factor):
      try require(
        range.contains(every), "schedule", "steps:EVERY:FACTOR with EVERY from 1 to 1,000,000 epochs",
        "steps:\(every):\(factor)")
      try require(
        factor > 0 && factor.isFinite, "schedule", "steps:EVERY:FACTOR with a finite FACTOR above 0",
        "steps:\(every):\(factor)")
    case .triangular(let period, let low):
      try require(
        range.contains(period), "schedule", "triangular:PERIOD:LOW with PERIOD from 1 to 1,000,000 epochs",
        "triangular:\(period):\(low)")
      try require(
        (0...1).contains(low), "schedule", "triangular:PERIOD:LOW with LOW from 0 to 1", "triangular:\(period):\(low)")
    case .oneCycle(let warmUp):
      try require(
        (0..<1).contains(warmUp), "schedule", "one-cycle:WARMUP with WARMUP from 0 to below 1", "one-cycle:\(warmUp)")
    case .constant, .cosine: break
    }
  }

  private static func cosine(from start: Double, to end: Double, at position: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(.pi * position))
  }
}
