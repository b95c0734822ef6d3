import Foundation
import Networks

extension RunSettings {
  /// The networks and their start, for titles.
  package var title: String {
    let names = networks.map(\.title).joined(separator: " and ")
    let starts = weights.split(separator: ",").map { URL(filePath: String($0)).lastPathComponent }
    return (members > 1 ? "\(members) x \(names)" : names) + " from \(starts.joined(separator: " and "))"
  }

  /// The title of a run's curves, which say no more than its figures do.
  ///
  /// - parameter result: what the networks were worth; nil where they are not judged.
  package func curvesTitle(_ result: EvaluationResult?) -> String {
    (result?.figureTitle(title) ?? title)
      + (validation == .test ? " (validation: the test side, for this picture only)" : "")
  }

  /// What a reader of the figures must know.
  package var notes: [String] {
    validation == .test ? ["the test side was watched during training, for curves; nothing was chosen by it"] : []
  }
}
