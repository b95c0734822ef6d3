/// What averaging several networks gains over one of them (paper, section III: 2.5 points for four networks).
public struct EnsembleGain: Codable, Sendable, Equatable {
  /// The ensemble against one of its members.
  public struct Comparison: Codable, Sendable, Equatable {
    /// The member's name.
    public let member: String
    /// McNemar's test; the ensemble is the first classifier, the member the second.
    public let mcnemar: McNemar
  }

  /// The ensemble's weighted accuracy less the members' mean.
  public let wa: Double
  /// The ensemble's unweighted average recall less the members' mean.
  public let uar: Double
  /// The ensemble's macro-averaged F1 less the members' mean.
  public let macroF1: Double
  /// The ensemble against each member.
  public let comparisons: [Comparison]
  /// The member of median weighted accuracy; the better of the two in the middle where their number is even.
  public let medianMember: String

  /// The ensemble against its median member.
  public var againstMedian: McNemar? { comparisons.first { $0.member == medianMember }?.mcnemar }

  /// Compares an ensemble's predictions with those of its members.
  ///
  /// - Parameters:
  ///   - ensemble: the predicted class of each recording.
  ///   - members: each member's name and predictions; at least one.
  init(labels: [String], truth: [Int], ensemble: [Int], members: [(name: String, predicted: [Int])]) throws {
    func metrics(_ predicted: [Int]) throws -> Metrics {
      try Metrics(ConfusionMatrix(labels: labels, truth: truth, predicted: predicted))
    }
    let whole = try metrics(ensemble)
    let parts = try members.map { (name: $0.name, metrics: try metrics($0.predicted)) }
    func gain(_ value: (Metrics) -> Double) -> Double {
      value(whole) - parts.reduce(0) { $0 + value($1.metrics) } / Double(parts.count)
    }
    (wa, uar, macroF1) = (gain(\.wa), gain(\.uar), gain(\.macroF1))
    comparisons = try members.map {
      Comparison(member: $0.name, mcnemar: try McNemar(truth: truth, first: ensemble, second: $0.predicted))
    }
    // By accuracy and then by place, as Swift's sort does not promise to be stable.
    let order = parts.indices.sorted { (parts[$0].metrics.wa, $0) < (parts[$1].metrics.wa, $1) }
    medianMember = parts[order[order.count / 2]].name
  }
}
