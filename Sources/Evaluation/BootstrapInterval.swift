import Corpora

/// A bootstrap interval: how far a figure would vary over other speakers like these.
///
/// Recordings of one speaker resemble each other, so that drawing single recordings gives intervals that are too
/// narrow: whole speakers are drawn where they are known (the cluster bootstrap). Of few speakers, as of four in a fold,
/// percentiles of such samples are too narrow again: they are expanded, see ``tail(level:clusters:)``.
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
  /// How many speakers, recordings or epochs were drawn from; nil in results of versions that did not expand percentiles.
  public let clusters: Int?

  /// What was drawn, in words: "over 4 speakers".
  public var drawn: String {
    clusters.map { "over \($0) \(unit.rawValue)\($0 == 1 ? "" : "s")" } ?? "over \(unit.rawValue)s"
  }

  /// Intervals for the accuracy (`wa`), the mean recall (`uar`) and the mean F1 (`macroF1`), over the classes that occur in
  /// each sample.
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
  ) throws -> EvaluationResult.Intervals {
    guard !truth.isEmpty else { throw MetricsError.empty }
    guard truth.count == predicted.count else {
      throw MetricsError.lengths("true labels", truth.count, "predictions", predicted.count)
    }
    guard speakers.isEmpty || speakers.count == truth.count else {
      throw MetricsError.lengths("true labels", truth.count, "speakers", speakers.count)
    }
    let classCount = (truth + predicted).reduce(0) { max($0, $1 + 1) }
    if let position = truth.indices.first(where: { min(truth[$0], predicted[$0]) < 0 }) {
      throw MetricsError.classIndex(
        min(truth[position], predicted[position]), classCount: classCount, position: position)
    }
    let bySpeaker = Set(speakers.compactMap { $0 }).count >= 2
    let clusters = tallies(truth, predicted, bySpeaker ? speakers : Array(repeating: nil, count: truth.count))

    var generator = SeededGenerator(seed: seed)
    let labels = Array(repeating: "", count: classCount)
    let figures = try (0..<resamples).map { _ in
      var counts = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
      for _ in clusters.indices {
        for tally in clusters[generator.below(clusters.count)] { counts[tally.truth][tally.predicted] += tally.count }
      }
      return try Metrics(ConfusionMatrix(labels: labels, counts: counts))
    }
    func interval(_ values: [Double]) throws -> BootstrapInterval {
      guard
        let interval = BootstrapInterval(
          of: values, level: level, resamples: resamples, unit: bySpeaker ? .speaker : .recording,
          clusters: clusters.count)
      else { throw MetricsError.empty }
      return interval
    }
    return EvaluationResult.Intervals(
      wa: try interval(figures.map(\.wa)), uar: try interval(figures.map(\.uar)),
      macroF1: try interval(figures.map(\.macroF1)))
  }

  private struct Tally {
    let truth: Int
    let predicted: Int
    var count = 0
  }

  /// What each unit adds to the confusion matrix, so that a sample costs no more than its units' cells.
  private static func tallies(_ truth: [Int], _ predicted: [Int], _ speakers: [String?]) -> [[Tally]] {
    var clusters: [[Tally]] = []
    var clusterOfSpeaker: [String: Int] = [:]
    for ((truth, predicted), speaker) in zip(zip(truth, predicted), speakers) {
      let cluster = speaker.flatMap { clusterOfSpeaker[$0] } ?? clusters.count
      if cluster == clusters.count { clusters.append([]) }
      if let speaker { clusterOfSpeaker[speaker] = cluster }
      if let index = clusters[cluster].firstIndex(where: { $0.truth == truth && $0.predicted == predicted }) {
        clusters[cluster][index].count += 1
      } else {
        clusters[cluster].append(Tally(truth: truth, predicted: predicted, count: 1))
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
