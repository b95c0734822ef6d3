/// The same networks without adaptation, judged on the same recordings, and what adaptation gains over them.
public struct AdaptationGain: Codable, Sendable {
  /// Weighted accuracy without adaptation.
  public let wa: Double
  /// Unweighted average recall without adaptation.
  public let uar: Double
  /// Macro-averaged F1 without adaptation.
  public let macroF1: Double
  /// 95% bootstrap intervals of the adapted figures less these, over the same samples of speakers.
  public let gain: EvaluationResult.Intervals

  /// Compares predictions of the same recordings in the same order.
  ///
  /// - throws: `MetricsError` where they are not of the same recordings, or of none.
  init(labels: [String], adapted: [Predictions], unadapted: [Predictions]) throws {
    guard unadapted.flatMap(\.files) == adapted.flatMap(\.files) else {
      throw MetricsError.recordings("adapted", "unadapted")
    }
    let truth = adapted.flatMap(\.truth)
    let (after, before) = (adapted.flatMap(\.predicted), unadapted.flatMap(\.predicted))
    let plain = try Metrics(ConfusionMatrix(labels: labels, truth: truth, predicted: before))
    (wa, uar, macroF1) = (plain.wa, plain.uar, plain.macroF1)
    // A draw checks no class: here it is done once for all of them.
    _ = try ConfusionMatrix(labels: labels, truth: truth, predicted: after)
    func metrics(_ predicted: [Int], _ indices: [Int]) throws -> Metrics {
      try Metrics(ConfusionMatrix(labels: labels, truth: truth, predicted: predicted, of: indices))
    }
    let (names, unit) = ClusterBootstrap.names(
      speakers: adapted.flatMap(\.speakers), files: adapted.flatMap(\.files))
    let intervals = ClusterBootstrap(names: names).intervals(unit) { indices in
      guard let after = try? metrics(after, indices), let before = try? metrics(before, indices) else { return nil }
      return [after.wa - before.wa, after.uar - before.uar, after.macroF1 - before.macroF1]
    }
    guard let intervals else { throw MetricsError.empty }
    gain = EvaluationResult.Intervals(wa: intervals[0], uar: intervals[1], macroF1: intervals[2])
  }
}
