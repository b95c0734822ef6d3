import Foundation

/// McNemar's test (1947): whether two classifiers that judged the same recordings are right equally often.
///
/// Only the recordings count that one of them alone got right. The test takes recordings as independent, which those of
/// one speaker are not quite, so that p values are a little too small.
public struct McNemar: Codable, Sendable, Equatable {
  /// The number of recordings that only the first classifier got right.
  public let firstOnly: Int
  /// The number of recordings that only the second classifier got right.
  public let secondOnly: Int
  /// The two-sided p value of the exact binomial test.
  public let exactP: Double
  /// The statistic (|firstOnly - secondOnly| - 1)^2 / (firstOnly + secondOnly), with Edwards' continuity correction.
  public let chiSquared: Double
  /// The p value of `chiSquared` with one degree of freedom; good from about 25 recordings on.
  public let chiSquaredP: Double

  /// The test of two counts, as `statsmodels.stats.contingency_tables.mcnemar` defines it; p is 1 where both are 0.
  public init(firstOnly: Int, secondOnly: Int) {
    (self.firstOnly, self.secondOnly) = (firstOnly, secondOnly)
    let count = firstOnly + secondOnly
    guard count > 0 else {
      (exactP, chiSquared, chiSquaredP) = (1, 0, 1)
      return
    }
    exactP = min(1, 2 * Self.fairCoinTail(min(firstOnly, secondOnly), of: count))
    let difference = Double(abs(firstOnly - secondOnly)) - 1
    chiSquared = difference * difference / Double(count)
    chiSquaredP = erfc((chiSquared / 2).squareRoot())
  }

  /// The test of two classifiers' predictions.
  ///
  /// - throws: `MetricsError` if the lists differ in length.
  public init(truth: [Int], first: [Int], second: [Int]) throws {
    for predictions in [first, second] where predictions.count != truth.count {
      throw MetricsError.lengths("true labels", truth.count, "predictions", predictions.count)
    }
    self.init(
      firstOnly: truth.indices.count { first[$0] == truth[$0] && second[$0] != truth[$0] },
      secondOnly: truth.indices.count { first[$0] != truth[$0] && second[$0] == truth[$0] })
  }

  /// The probability of at most `heads` heads in `count` tosses of a fair coin.
  private static func fairCoinTail(_ heads: Int, of count: Int) -> Double {
    let (heads, count) = (Double(heads), Double(count))
    let ways: Double = lgamma(count + 1) - lgamma(heads + 1) - lgamma(count - heads + 1)  // their logarithm
    var term: Double = exp(ways - count * log(2.0))
    var sum = term
    for smaller in stride(from: heads, to: 0, by: -1) {
      term *= smaller / (count - smaller + 1)
      sum += term
    }
    return sum
  }
}
