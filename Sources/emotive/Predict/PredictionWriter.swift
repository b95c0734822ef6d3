import Corpora
import Evaluation
import Foundation
import Recognition
import Reporting
import Storage

/// The forms that predictions are printed in.
enum PredictionForm { case table, lines, json, csv }

/// The text of predictions in the form asked for.
struct PredictionWriter {
  let form: PredictionForm
  let manifest: BundleManifest

  /// What stands before the first prediction.
  var header: String {
    form == .csv ? csvLine(["file", "label"] + manifest.labels + ["duration", "error", "bundle"]) : ""
  }

  /// - parameter duration: the recording's length in seconds, where it is known.
  func text(_ file: String, _ prediction: Prediction, duration: Double? = nil) throws -> String {
    switch form {
    case .json:
      let line = Line(
        file: file, label: prediction.label,
        probabilities: Dictionary(uniqueKeysWithValues: zip(manifest.labels, prediction.probabilities.map(rounded))),
        uncertainty: [
          "predictive_entropy": rounded(prediction.uncertainty.predictiveEntropy),
          "mutual_information": rounded(prediction.uncertainty.mutualInformation),
          "disagreement": rounded(prediction.uncertainty.disagreement),
        ], duration: duration.map(rounded), bundle: manifest.name)
      return try JSON.text(line) + "\n"
    case .csv:
      let probabilities = prediction.probabilities.map { decimals($0, 6) }
      return csvLine(
        [file, prediction.label] + probabilities + [duration.map { decimals($0) } ?? "", "", manifest.name])
    case .lines:
      return "\(escaped(file))\t\(prediction.label)\t\(decimals(prediction.probabilities.max() ?? 0))\n"
    case .table:
      var table = TextTable(["emotion", "", "probability"], leading: 2)
      for (label, probability) in zip(manifest.labels, prediction.probabilities).sorted(by: { $0.1 > $1.1 }) {
        table.add([label, String(repeating: "█", count: Int((probability * 40).rounded())), decimals(probability)])
      }
      return "\(escaped(file)): \(prediction.label)\n\n\(table)\n\n\(agreement(prediction)) Bundle: \(manifest.name).\n"
        + unheard(of: duration)
    }
  }

  func text(_ file: String, _ error: any Error) throws -> String {
    switch form {
    case .json:
      return try JSON.text(["file": file, "error": "\(error)", "bundle": manifest.name]) + "\n"
    case .csv: return csvLine([file, ""] + manifest.labels.map { _ in "" } + ["", "\(error)", manifest.name])
    case .lines, .table: return ""
    }
  }

  private func agreement(_ prediction: Prediction) -> String {
    let count = manifest.members.count
    let agreeing = count - Int((prediction.uncertainty.disagreement * Double(count)).rounded())
    return count == 1 ? "One network." : "\(agreeing) of \(count) networks agree."
  }

  /// Whether only the middle of a recording was heard, of a length in seconds; not where nobody would miss the rest.
  func isPartlyHeard(_ duration: Double?) -> Bool {
    duration.map { $0 > 1.02 * manifest.features.shownSeconds(ofDuration: $0) } ?? false
  }

  /// How many seconds are heard of a recording that is longer.
  var heard: String { decimals(manifest.features.shownSeconds(ofDuration: 0), 1) }

  private func unheard(of duration: Double?) -> String {
    guard let duration, isPartlyHeard(duration) else { return "" }
    return
      "Only the \(heard) s in its middle were heard, of \(decimals(duration, 1)) s; --timeline goes through all of it.\n"
  }

  /// To six decimals: further ones depend on which recordings went through the networks at once.
  private func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }

  private struct Line: Encodable {
    let file: String
    let label: String
    let probabilities: [String: Double]
    let uncertainty: [String: Double]
    let duration: Double?
    let bundle: String
  }
}

/// A record of comma-separated values by RFC 4180, with the end of the line.
func csvLine(_ fields: [String]) -> String {
  fields.map(CSV.field).joined(separator: ",") + "\n"
}
