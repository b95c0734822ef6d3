import Foundation

/// A recording that the networks of an experiment were wrong about.
public struct HardRecording: Codable, Sendable {
  /// Its file, named from its folder on.
  public var file: String
  /// Its true class.
  public var label: String
  /// The class that it was given most often.
  public var predicted: String
  /// How many of the answers gave it that class.
  public var agreeing: Int
  /// How often it was tested: once by each run, more often where several of its splits have it on their test sides.
  public var answers: Int
  /// The mean over these answers of the negative logarithm of the true class's averaged probability, in nats.
  public var loss: Double
  /// The file's path on the machine that the runs were made on; not part of the JSON.
  public var path = ""

  enum CodingKeys: String, CodingKey { case file, label, predicted, agreeing, answers, loss }

  /// The recordings with the highest mean loss of the truth.
  ///
  /// - Parameters:
  ///   - runs: each finished run's classes and predictions.
  ///   - count: how many are wanted.
  static func hardest(_ runs: [(labels: [String], predictions: [Predictions])], count: Int) -> [HardRecording] {
    struct Tally {
      var label: String
      var losses: [Double] = []
      var answers: [String: Int] = [:]
    }
    var tallies: [String: Tally] = [:]
    for (labels, predictions) in runs {
      for predictions in predictions {
        for ((file, truth), row) in zip(zip(predictions.files, predictions.truth), predictions.averaged)
        where labels.indices.contains(truth) && row.count == labels.count {
          var tally = tallies[file] ?? Tally(label: labels[truth])
          tally.losses.append(-log(max(row[truth], 1e-12)))
          tally.answers[labels[row.indexOfMaximum], default: 0] += 1
          tallies[file] = tally
        }
      }
    }
    let hardest = tallies.map { path, tally in
      let (answer, votes) = tally.answers.max { ($0.value, $1.key) < ($1.value, $0.key) } ?? ("", 0)
      return HardRecording(
        file: path.split(separator: "/").suffix(2).joined(separator: "/"), label: tally.label, predicted: answer,
        agreeing: votes, answers: tally.losses.count, loss: tally.losses.reduce(0, +) / Double(tally.losses.count),
        path: path)
    }
    return Array(hardest.sorted { ($1.loss, $0.path) < ($0.loss, $1.path) }.prefix(count))
  }
}
