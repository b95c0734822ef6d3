import Foundation

/// What an ensemble's members say together about how far one answer can be trusted (the paper's reference 12).
public struct Uncertainty: Codable, Sendable, Equatable {
  /// The entropy of the ensemble's probabilities in nats: the whole uncertainty, 0 to log(classes).
  public let predictiveEntropy: Double
  /// The entropy of the members' mean probabilities less the members' mean entropy, in nats: the part that is the members' disagreement
  /// and that more training data would lessen; 0 if all members agree.
  public let mutualInformation: Double
  /// The share of members whose best class is not the ensemble's.
  public let disagreement: Double

  /// Judges one recording.
  ///
  /// - Parameters:
  ///   - members: each member's probabilities, (member, class).
  ///   - ensemble: the ensemble's, (class); nil where they are the members' means and no temperature alters them.
  /// - throws: `MetricsError` if there are no members or they differ in the number of classes.
  public init(members: [[Double]], ensemble: [Double]? = nil) throws {
    guard let first = members.first else { throw MetricsError.empty }
    if let position = members.firstIndex(where: { $0.count != first.count }) {
      throw MetricsError.row(position, "it has \(members[position].count) classes, the first has \(first.count)")
    }
    let count = Double(members.count)
    let average = first.indices.map { index in members.reduce(0) { $0 + $1[index] } / count }
    let best = (ensemble ?? average).indexOfMaximum
    predictiveEntropy = entropy(ensemble ?? average)
    // Rounding can bring the difference a hair below zero.
    mutualInformation = max(0, entropy(average) - members.reduce(0) { $0 + entropy($1) } / count)
    disagreement = Double(members.count { $0.indexOfMaximum != best }) / count
  }

  /// The means over several recordings; nil where there is none.
  init?(meanOf all: [Uncertainty]) {
    guard !all.isEmpty else { return nil }
    func mean(_ value: (Uncertainty) -> Double) -> Double { all.reduce(0) { $0 + value($1) } / Double(all.count) }
    predictiveEntropy = mean(\.predictiveEntropy)
    mutualInformation = mean(\.mutualInformation)
    disagreement = mean(\.disagreement)
  }
}

/// Whether an ensemble is less sure where it is wrong.
public struct EnsembleUncertainty: Codable, Sendable, Equatable {
  /// The mean over the recordings that the ensemble tells rightly; nil where there is none.
  public let right: Uncertainty?
  /// The mean over the others; nil where there is none.
  public let wrong: Uncertainty?
  /// The chance that a wrong answer has a higher predictive entropy than a right one (area under the ROC curve, 0.5 where
  /// entropy says nothing); nil where all answers are right, or all wrong.
  public let auroc: Double?

  /// Judges the answers to some recordings.
  ///
  /// - Parameters:
  ///   - members: each recording's probabilities by member, (recording, member, class).
  ///   - ensemble: the ensemble's, (recording, class); nil where they are the members' means and no temperature alters
  ///     them.
  ///   - isRight: whether the ensemble's answer to it is right.
  /// - throws: `MetricsError` if the lists differ in length or members in the number of classes.
  public init(members: [[[Double]]], ensemble: [[Double]]? = nil, isRight: [Bool]) throws {
    for count in [ensemble?.count, isRight.count].compactMap(\.self) where count != members.count {
      throw MetricsError.lengths("members' probabilities", members.count, "answers", count)
    }
    let each = try members.indices.map { try Uncertainty(members: members[$0], ensemble: ensemble?[$0]) }
    let judged = zip(each, isRight)
    let (right, wrong) = (judged.filter(\.1).map(\.0), judged.filter { !$0.1 }.map(\.0))
    self.right = Uncertainty(meanOf: right)
    self.wrong = Uncertainty(meanOf: wrong)
    let wins = wrong.reduce(0.0) { sum, one in
      right.reduce(sum) {
        let lead = one.predictiveEntropy - $1.predictiveEntropy
        return $0 + (lead > 0 ? 1 : lead == 0 ? 0.5 : 0)
      }
    }
    auroc = right.isEmpty || wrong.isEmpty ? nil : wins / Double(right.count * wrong.count)
  }
}

private func entropy(_ probabilities: [Double]) -> Double {
  probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
}
