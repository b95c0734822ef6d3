import Corpora

/// A bootstrap percentile interval: how far a figure would vary over other speakers like these.
///
/// Recordings of one speaker resemble each other, so that drawing single recordings gives intervals that are too
/// narrow: whole speakers are drawn where they are known (the cluster bootstrap).
public struct BootstrapInterval: Codable, Sendable, Equatable {
  /// What was drawn with replacement.
  public enum Unit: String, Codable, Sendable {
    case speaker, recording, epoch
  }

  /// The lower end of the interval.
  public let low: Double
  /// The upper end of the interval.
  public let high: Double
  /// The probability that the interval is made for, 0.95 by default.
  public let level: Double
  /// The number of drawn samples.
  public let resamples: Int
  /// What was drawn.
  public let unit: Unit

  /// Intervals for the accuracy (`wa`) and the mean recall (`uar`, over the classes that occur in each sample).
  ///
  /// - Parameters:
  ///   - truth: the true class of each recording, from 0.
  ///   - predicted: the predicted class of each recording.
  ///   - speakers: each recording's speaker, unique over corpora; a recording without one is drawn on its own.
  ///     Recordings are drawn, not speakers, if the list is empty or names fewer than two speakers.
  ///   - seed: the same seed gives the same intervals.
  /// - Throws: `MetricsError` if the lists are empty, differ in length, or hold a negative class.
  public static func estimate(
    truth: [Int], predicted: [Int], speakers: [String?] = [], level: Double = 0.95, resamples: Int = 2000,
    seed: UInt64 = 0
  ) throws -> (wa: BootstrapInterval, uar: BootstrapInterval) {
    guard !truth.isEmpty else { throw MetricsError.empty }
    guard truth.count == predicted.count else {
      throw MetricsError.lengths("true labels", truth.count, "predictions", predicted.count)
    }
    guard speakers.isEmpty || speakers.count == truth.count else {
      throw MetricsError.lengths("true labels", truth.count, "speakers", speakers.count)
    }
    if let position = truth.firstIndex(where: { $0 < 0 }) {
      throw MetricsError.classIndex(truth[position], classCount: (truth.max() ?? 0) + 1, position: position)
    }
    let bySpeaker = Set(speakers.compactMap { $0 }).count >= 2
    let clusters = tallies(truth, predicted, bySpeaker ? speakers : Array(repeating: nil, count: truth.count))
    let classCount = (truth.max() ?? 0) + 1

    var generator = SeededGenerator(seed: seed)
    var accuracies: [Double] = []
    var recalls: [Double] = []
    for _ in 0..<resamples {
      var correct = Array(repeating: 0, count: classCount)
      var support = correct
      for _ in clusters.indices {
        for tally in clusters[Int.random(in: clusters.indices, using: &generator)] {
          correct[tally.truth] += tally.correct
          support[tally.truth] += tally.support
        }
      }
      accuracies.append(Double(correct.reduce(0, +)) / Double(support.reduce(0, +)))
      let present = support.indices.filter { support[$0] > 0 }
      recalls.append(present.reduce(0) { $0 + Double(correct[$1]) / Double(support[$1]) } / Double(present.count))
    }
    func interval(_ values: [Double]) -> BootstrapInterval {
      let sorted = values.sorted()
      return BootstrapInterval(
        low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2), level: level,
        resamples: resamples, unit: bySpeaker ? .speaker : .recording)
    }
    return (interval(accuracies), interval(recalls))
  }

  private struct Tally {
    let truth: Int
    var correct = 0
    var support = 0
  }

  /// What each unit adds to the sums, so that a sample costs no more than its units' classes.
  private static func tallies(_ truth: [Int], _ predicted: [Int], _ speakers: [String?]) -> [[Tally]] {
    var clusters: [[Tally]] = []
    var clusterOfSpeaker: [String: Int] = [:]
    for ((truth, predicted), speaker) in zip(zip(truth, predicted), speakers) {
      let cluster = speaker.flatMap { clusterOfSpeaker[$0] } ?? clusters.count
      if cluster == clusters.count { clusters.append([]) }
      if let speaker { clusterOfSpeaker[speaker] = cluster }
      var index = clusters[cluster].firstIndex { $0.truth == truth }
      if index == nil {
        index = clusters[cluster].endIndex
        clusters[cluster].append(Tally(truth: truth))
      }
      if let index {
        clusters[cluster][index].correct += truth == predicted ? 1 : 0
        clusters[cluster][index].support += 1
      }
    }
    return clusters
  }

  /// Linear between the two nearest values, as `numpy.percentile`.
  static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let position = share * Double(sorted.count - 1)
    let lower = Int(position)
    let upper = min(lower + 1, sorted.count - 1)
    return sorted[lower] + (position - Double(lower)) * (sorted[upper] - sorted[lower])
  }
}
