import Foundation

/// How well the confidence of a classifier agrees with how often it is right (Guo et al. 2017).
public struct Calibration: Codable, Sendable, Equatable {
  /// The recordings whose confidence lies in (lower, upper].
  public struct Bin: Codable, Sendable, Equatable {
    /// The lower end of the confidence, not included.
    public let lower: Double
    /// The upper end of the confidence, included.
    public let upper: Double
    /// The number of recordings in the bin.
    public let count: Int
    /// Their mean confidence; 0 if there are none.
    public let confidence: Double
    /// The share of them that was classified correctly; 0 if there are none.
    public let accuracy: Double
  }

  /// The expected calibration error: the mean over the recordings of |accuracy - confidence| of their bins.
  public let ece: Double
  /// The reliability diagram's bins, of equal width over 0...1.
  public let bins: [Bin]

  /// Sorts recordings into bins by the probability of the class that they were given.
  ///
  /// - Parameters:
  ///   - probabilities: (recording, class), each row summing to 1.
  ///   - truth: the true class of each recording.
  ///   - binCount: 15, as is customary.
  /// - throws: `MetricsError` if there are no recordings or the lists do not fit each other.
  public init(probabilities: [[Double]], truth: [Int], binCount: Int = 15) throws {
    try checkScores(probabilities, truth)
    var counts = Array(repeating: 0, count: binCount)
    var confidences = Array(repeating: 0.0, count: binCount)
    var corrects = counts
    let edges = (0...binCount).map { Double($0) / Double(binCount) }
    for (row, truth) in zip(probabilities, truth) {
      let best = row.indexOfMaximum
      let bin = edges.dropFirst().dropLast().prefix { $0 < row[best] }.count
      counts[bin] += 1
      confidences[bin] += row[best]
      corrects[bin] += best == truth ? 1 : 0
    }
    bins = counts.indices.map { index in
      let size = Double(max(counts[index], 1))
      return Bin(
        lower: edges[index], upper: edges[index + 1], count: counts[index], confidence: confidences[index] / size,
        accuracy: Double(corrects[index]) / size)
    }
    ece = bins.reduce(0) { $0 + Double($1.count) * abs($1.accuracy - $1.confidence) } / Double(truth.count)
  }

  /// The range in which a temperature is sought: a classifier that is always right on the data would have 0.
  static let temperatureRange = 0.05...20.0

  /// The temperature T for which softmax(logits / T) has the least negative log-likelihood.
  ///
  /// - Parameters:
  ///   - logits: (recording, class); log-probabilities do as well, as only differences matter.
  ///   - truth: the true class of each recording.
  /// - Returns: the temperature, from 0.05 to 20; above 1 if the classifier is too sure of itself.
  /// - throws: `MetricsError` if there are no recordings, the lists do not fit each other, or a logit is not finite.
  public static func temperature(logits: [[Double]], truth: [Int]) throws -> Double {
    try checkScores(logits, truth)
    // The loss is convex in 1/T, so its slope there changes sign once: halve the interval until it is a point.
    func slope(_ inverse: Double) -> Double {
      var sum = 0.0
      for (row, truth) in zip(logits, truth) {
        let highest = row[row.indexOfMaximum]
        var total = 0.0
        var weighted = 0.0
        for logit in row {
          let power = exp((logit - highest) * inverse)
          total += power
          weighted += power * (logit - row[truth])
        }
        sum += weighted / total
      }
      return sum
    }
    var low = 1 / temperatureRange.upperBound
    var high = 1 / temperatureRange.lowerBound
    for _ in 0..<60 {
      let middle = (low * high).squareRoot()
      if slope(middle) < 0 { low = middle } else { high = middle }
    }
    return 1 / (low * high).squareRoot()
  }
}

/// The probabilities softmax(logits / temperature) of one recording.
package func softmax(_ logits: [Double], temperature: Double = 1) -> [Double] {
  let highest = logits.max() ?? 0
  let powers = logits.map { exp(($0 - highest) / temperature) }
  let total = powers.reduce(0, +)
  return powers.map { $0 / total }
}

private func checkScores(_ scores: [[Double]], _ truth: [Int]) throws {
  guard let classCount = scores.first?.count else { throw MetricsError.empty }
  guard scores.count == truth.count else {
    throw MetricsError.lengths("class scores", scores.count, "true labels", truth.count)
  }
  for (position, (row, truth)) in zip(scores, truth).enumerated() {
    guard row.count == classCount else {
      throw MetricsError.row(position, "it has \(row.count) classes where the first has \(classCount)")
    }
    guard row.allSatisfy(\.isFinite) else { throw MetricsError.row(position, "it holds NaN or infinity") }
    guard row.indices.contains(truth) else {
      throw MetricsError.classIndex(truth, classCount: classCount, position: position)
    }
  }
}
