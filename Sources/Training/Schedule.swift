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

  private static func cosine(from start: Double, to end: Double, at position: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(.pi * position))
  }
}
