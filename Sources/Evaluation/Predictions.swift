import Foundation

/// What the members of an ensemble said about the recordings of one test side.
public struct Predictions: Codable, Sendable {
  /// The recordings' paths.
  public let files: [String]
  /// The index of each recording's true label.
  public let truth: [Int]
  /// Each recording's speaker, unique over corpora; nil where unknown.
  public let speakers: [String?]
  /// (member, recording, class).
  public let logits: [[[Double]]]
  /// What the averaged probabilities are flattened by; 1 leaves them as they are.
  public let temperature: Double

  /// Predictions of one or several members.
  ///
  /// - throws: `MetricsError` where the lists do not fit each other, or there is no member.
  public init(files: [String], truth: [Int], speakers: [String?], logits: [[[Double]]], temperature: Double = 1)
    throws
  {
    guard !logits.isEmpty else { throw MetricsError.empty }
    for rows in logits where rows.count != truth.count {
      throw MetricsError.lengths("class scores", rows.count, "true labels", truth.count)
    }
    let classCount = logits[0].first?.count ?? 0
    for rows in logits {
      for (index, row) in rows.enumerated() where row.count != classCount {
        throw MetricsError.row(index, "expected \(classCount) of them, found \(row.count)")
      }
    }
    for (index, label) in truth.enumerated() where !(0..<classCount).contains(label) {
      throw MetricsError.classIndex(label, classCount: classCount, position: index)
    }
    guard files.count == truth.count, speakers.count == truth.count else {
      throw MetricsError.lengths("files", files.count, "true labels", truth.count)
    }
    self.files = files
    self.truth = truth
    self.speakers = speakers
    self.logits = logits
    self.temperature = temperature
  }

  /// Reads predictions.
  ///
  /// - throws: `DecodingError`, and as the other initializer where the lists do not fit each other.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      files: container.decode([String].self, forKey: .files), truth: container.decode([Int].self, forKey: .truth),
      speakers: container.decode([String?].self, forKey: .speakers),
      logits: container.decode([[[Double]]].self, forKey: .logits),
      temperature: container.decode(Double.self, forKey: .temperature))
  }

  /// The members' mean softmax output (recording, class): the paper's ensemble, before the temperature.
  public var averaged: [[Double]] {
    truth.indices.map { recording in meanProbabilities(logits.map { $0[recording] }) }
  }

  /// The ensemble's probabilities (recording, class) at its temperature.
  public var probabilities: [[Double]] { averaged.map { calibrated($0, temperature: temperature) } }

  /// The index of the most probable class of each recording; no temperature changes it.
  public var predicted: [Int] { averaged.map(\.indexOfMaximum) }
}

/// The mean of the members' softmax outputs, from their logits (member, class).
package func meanProbabilities(_ logits: [[Double]]) -> [Double] {
  let members = logits.map { softmax($0) }
  return members[0].indices.map { index in members.reduce(0) { $0 + $1[index] } / Double(members.count) }
}

/// The logarithms of probabilities, as finite numbers: logits of the same softmax.
func logarithms(_ probabilities: [Double]) -> [Double] { probabilities.map { log(max($0, 1e-12)) } }

/// Probabilities sharpened (below 1) or flattened (above 1) by a temperature: softmax(log(p) / temperature).
package func calibrated(_ probabilities: [Double], temperature: Double) -> [Double] {
  softmax(logarithms(probabilities), temperature: temperature)
}
