import Foundation

/// The values that tools/golden_metrics.py wrote; property names are the file's keys.
struct Golden: Decodable {
  struct Labels: Decodable {
    let name: String
    let classes: Int
    let truth, predicted, support: [Int]
    let confusion: [[Int]]
    let wa, uar, macro_f1: Double
    let precision, recall, f1: [Double]
  }

  struct CalibrationCase: Decodable {
    let name: String
    let logits: [[Double]]
    let truth, counts: [Int]
    let ece, temperature: Double
    let accuracies, confidences: [Double]
  }

  struct UncertaintyCase: Decodable {
    let members: [[Double]]
    let predictive_entropy, mutual_information, disagreement: Double
  }

  struct ErrorsByEntropy: Decodable {
    let members: [[[Double]]]
    let right: [Bool]
    let right_entropy, wrong_entropy, auroc: Double
  }

  struct Bootstrap: Decodable {
    let truth, predicted: [Int]
    let speakers: [String]?
    let wa, uar, macro_f1: [Double]
  }

  struct Tail: Decodable {
    let clusters: Int
    let tail, tail_90: Double
  }

  struct McNemarCase: Decodable {
    let first_only, second_only: Int
    let exact_p, chi_squared, chi_squared_p: Double
  }

  struct Ensemble: Decodable {
    let truth, ensemble: [Int]
    let members: [[Int]]
    let wa, uar, macro_f1: Double
  }

  struct Scaling: Decodable {
    let logits: [[[Double]]]
    let truth: [[Int]]
    let temperatures: [Double]
    let before, after: Double
  }

  let labels: [Labels]
  let calibration: [CalibrationCase]
  let uncertainty: [UncertaintyCase]
  let bootstrap: Bootstrap
  let tails: [Tail]
  let mcnemar: [McNemarCase]
  let ensemble: Ensemble
  let scaling: Scaling
  let speaker_bootstrap: Bootstrap
  let errors_by_entropy: ErrorsByEntropy

  static func load() throws -> Golden {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: folder.appending(path: "metrics.json")))
  }
}

/// The largest absolute difference; infinite for lists of different lengths.
func distance(_ first: [Double], _ second: [Double]) -> Double {
  first.count == second.count ? zip(first, second).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
