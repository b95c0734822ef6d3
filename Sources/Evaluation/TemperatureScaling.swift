/// How reliable an ensemble's probabilities are before and after a temperature that was not fitted on them.
public struct TemperatureScaling: Codable, Sendable, Equatable {
  /// The averaged probabilities as they come, at temperature 1.
  public let before: Calibration
  /// The probabilities at the temperatures; nil where there was nothing to fit one on but the judged recordings.
  public let after: Calibration?
  /// Each split's temperature, or that of each half of a single split; empty where there is none.
  public let temperatures: [Double]
  /// What the temperatures were fitted on, in words.
  public let source: String

  enum CodingKeys: String, CodingKey {
    case before, after, temperatures
    case source = "temperatureSource"
  }

  /// Judges the predictions of all test sides together.
  ///
  /// Where predictions come with temperatures, fitted on validation sides or by an earlier run, those are judged. Else each
  /// split gets the temperature that fits all other splits best; a single one is halved, by speakers where it has several.
  /// Splits that test the same recordings, as those across corpora do, have none: it would be fitted on what it is judged on.
  ///
  /// - Parameter source: what the predictions' own temperatures were fitted on.
  init(_ given: [Predictions], source: String) throws {
    var splits = given
    if given.count == 1, given[0].temperature == 1 { splits = try given[0].halves() ?? given }
    let truth = splits.flatMap(\.truth)
    before = try Calibration(probabilities: splits.flatMap(\.averaged), truth: truth)
    if splits.contains(where: { $0.temperature != 1 }) {
      (temperatures, self.source) = (splits.map(\.temperature), source)
    } else if given.count > 1, Self.testTheSame(given) {
      (temperatures, self.source) = ([], "none: the same recordings are on the test sides of several splits")
    } else if splits.count > 1 {
      temperatures = try splits.indices.map { held in
        let others = splits.indices.filter { $0 != held }.map { splits[$0] }
        return try Calibration.temperature(
          logits: others.flatMap(\.averaged).map(logarithms), truth: others.flatMap(\.truth))
      }
      self.source =
        given.count > 1
        ? "fitted for each split on the test sides of the others"
        : "fitted for each half of the test side on the other half"
    } else {
      (temperatures, self.source) = ([], "none: there was nothing to fit it on but the judged recordings")
    }
    let scaled = zip(splits, temperatures).flatMap { split, temperature in
      split.averaged.map { calibrated($0, temperature: temperature) }
    }
    after = temperatures.isEmpty ? nil : try Calibration(probabilities: scaled, truth: truth)
  }

  /// Whether a recording is on the test sides of several splits.
  private static func testTheSame(_ splits: [Predictions]) -> Bool {
    let sides = splits.map { Set($0.files) }
    return sides.reduce(into: Set<String>()) { $0.formUnion($1) }.count < sides.reduce(0) { $0 + $1.count }
  }
}

extension Predictions {
  /// The predictions in two halves, of every second speaker, or of every second recording where speakers are unknown or one;
  /// nil for less than two recordings in a half.
  fileprivate func halves() throws -> [Predictions]? {
    let known = Set(speakers.compactMap(\.self)).sorted()
    let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, $0) })
    let isBySpeaker = known.count > 1 && !speakers.contains(nil)
    let halves = [0, 1].map { half in
      truth.indices.filter { index in
        (isBySpeaker ? speakers[index].flatMap { places[$0] } ?? 0 : index) % 2 == half
      }
    }
    guard halves.allSatisfy({ $0.count > 1 }) else { return nil }
    return try halves.map { half in
      try Predictions(
        files: half.map { files[$0] }, truth: half.map { truth[$0] }, speakers: half.map { speakers[$0] },
        logits: logits.map { rows in half.map { rows[$0] } })
    }
  }
}
