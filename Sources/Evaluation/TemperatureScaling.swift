/// How reliable an ensemble's probabilities are before and after a temperature that was not fitted on them.
public struct TemperatureScaling: Codable, Sendable, Equatable {
  /// The averaged probabilities as they come, at temperature 1.
  public let before: Calibration
  /// The probabilities at the temperatures; nil where there was nothing to fit one on but the judged recordings.
  public let after: Calibration?
  /// Each split's temperature; empty where there is none.
  public let temperatures: [Double]
  /// What the temperatures were fitted on, in words.
  public let source: String

  enum CodingKeys: String, CodingKey {
    case before, after, temperatures
    case source = "temperature_source"
  }

  /// Judges the predictions of all test sides together.
  ///
  /// Where predictions come with temperatures, fitted on validation sides or by an earlier run, those are judged. Else each
  /// split gets the temperature that fits all other splits best.
  ///
  /// - Parameter source: what the predictions' own temperatures were fitted on.
  init(_ splits: [Predictions], source: String) throws {
    let truth = splits.flatMap(\.truth)
    before = try Calibration(probabilities: splits.flatMap(\.averaged), truth: truth)
    if splits.contains(where: { $0.temperature != 1 }) {
      (temperatures, self.source) = (splits.map(\.temperature), source)
    } else if splits.count > 1 {
      temperatures = try splits.indices.map { held in
        let others = splits.indices.filter { $0 != held }.map { splits[$0] }
        return try Calibration.temperature(
          logits: others.flatMap(\.averaged).map(logarithms), truth: others.flatMap(\.truth))
      }
      self.source = "fitted for each split on the test sides of the others"
    } else {
      (temperatures, self.source) = ([], "none: there was nothing to fit it on but the judged recordings")
    }
    let scaled = zip(splits, temperatures).flatMap { split, temperature in
      split.averaged.map { calibrated($0, temperature: temperature) }
    }
    after = temperatures.isEmpty ? nil : try Calibration(probabilities: scaled, truth: truth)
  }
}
