import Foundation

/// What an ensemble's members say together about how far one answer can be trusted (the paper's reference 12).
public struct Uncertainty: Codable, Sendable, Equatable {
  /// The entropy of the averaged probabilities in nats: the whole uncertainty, 0 to log(classes).
  public let predictiveEntropy: Double
  /// The predictive entropy less the members' mean entropy, in nats: the part that is the members' disagreement
  /// and that more training data would lessen; 0 if all members agree.
  public let mutualInformation: Double
  /// The share of members whose best class is not that of the averaged probabilities.
  public let disagreement: Double

  enum CodingKeys: String, CodingKey {
    case predictiveEntropy = "predictive_entropy"
    case mutualInformation = "mutual_information"
    case disagreement
  }

  /// Judges one recording.
  ///
  /// - Parameter members: each member's probabilities, (member, class).
  /// - Throws: `MetricsError` if there are no members or they differ in the number of classes.
  public init(members: [[Double]]) throws {
    guard let first = members.first else { throw MetricsError.empty }
    if let position = members.firstIndex(where: { $0.count != first.count }) {
      throw MetricsError.row(position, "it has \(members[position].count) classes, the first has \(first.count)")
    }
    let count = Double(members.count)
    let average = first.indices.map { index in members.reduce(0) { $0 + $1[index] } / count }
    let best = average.indexOfMaximum
    predictiveEntropy = entropy(average)
    // Rounding can bring the difference a hair below zero.
    mutualInformation = max(0, predictiveEntropy - members.reduce(0) { $0 + entropy($1) } / count)
    disagreement = Double(members.count { $0.indexOfMaximum != best }) / count
  }
}

private func entropy(_ probabilities: [Double]) -> Double {
  probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
}
