import Corpora
import Evaluation
import Foundation
import Recognition
import Reporting

extension EvaluateCommand {
  /// The files that are written, by the flags that name them.
  var outputs: [(flag: String, path: String?)] {
    [("--output", output), ("--picture", picture), ("--predictions", predictionTable)]
  }

  /// Refuses outputs that are also inputs: recordings or their table, or what runs and bundles are read from.
  func checkOutputs(apartFrom read: [Corpus], _ folders: [URL]) throws {
    let inputs = read.flatMap { [$0.directory] + $0.recordings.map(\.path) } + folders.flatMap(Self.inputs)
    for (flag, path) in outputs { try checkDistinct(path, flag: flag, from: inputs) }
  }

  /// The files in the folder of a run or a bundle that are read, and not whatever else somebody has written there.
  private static func inputs(in folder: URL) -> [String] {
    let records: Set = ["run.json", "result.json", "predictions.json"]
    let files =
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    return files.filter { records.contains($0.lastPathComponent) || ModelBundle.isOwn($0.lastPathComponent) }
      .map(\.path)
  }

  /// Prints a result, and writes what is asked for.
  func show(
    _ result: EvaluationResult, _ outcomes: [(split: Split, predictions: Predictions)], title: String
  ) throws {
    if let output { try writeJSON(result, to: output) }
    if let predictionTable {
      try write(Data(Self.table(of: outcomes, labels: result.labels).utf8), to: predictionTable)
    }
    print(ResultText(result, title: title))
    // Last, as gnuplot may fail where nothing else does.
    if let picture {
      try Figure.confusionMatrix(result.confusionMatrix(), title: result.figureTitle(nil), to: URL(filePath: picture))
    }
  }

  /// A row for each judged recording, as comma-separated values with a header.
  private static func table(
    of outcomes: [(split: Split, predictions: Predictions)], labels: [String]
  ) -> String {
    var text = csvLine(["file", "speaker", "label", "predicted"] + labels + ["split"])
    for (split, predictions) in outcomes {
      let answers = zip(predictions.predicted, predictions.probabilities)
      for (index, (predicted, probabilities)) in answers.enumerated() {
        let facts = [predictions.files[index], predictions.speakers[index] ?? "", labels[predictions.truth[index]]]
        text += csvLine(facts + [labels[predicted]] + probabilities.map { decimals($0, 6) } + [split.name])
      }
    }
    return text
  }
}
