import Corpora
import Foundation
import Storage
import Training

@testable import Evaluation

/// A folder of experiments for one test, with runs that were never trained.
final class MadeRuns {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func write(_ text: String, to path: String) throws {
    let file = folder.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func write(_ value: some Encodable, to path: String) throws {
    try write(JSON.text(value), to: path)
  }

  func text(_ path: String) throws -> String {
    try String(contentsOf: folder.appending(path: path), encoding: .utf8)
  }

  func report() throws -> Report { try Report(folder: folder) }

  /// The recordings of all made runs: ten speakers, three recordings of each class by each.
  static let recordings = (0..<10).flatMap { speaker in
    ["neutral", "calm", "happy"].flatMap { label in
      (0..<3).map { number in
        Recording(
          path: "/nowhere/\(label)-\(speaker)-\(number).wav", label: label, speaker: "s\(speaker)", corpus: "csv",
          sentence: "\(number)")
      }
    }
  }
  static let labels = ["neutral", "calm", "happy"]

  /// Writes a run's folder as `emotive train` does.
  ///
  /// - Parameters:
  ///   - split: as on the command line; `kfold:2` is speaker-disjoint.
  ///   - epochs: the validation accuracies of each training; a training for each member of each split.
  ///   - wanted: the epochs that the settings ask for.
  ///   - members: what the members say of a recording, by the recording's number and true class; none: not finished.
  ///   - change: what else the settings have otherwise.
  func makeRun(
    _ path: String, split: String = "random:0.5", epochs: [Double] = [0.3, 0.5, 0.6], wanted: Int = 3,
    members: [(Int, Int) -> Int] = [{ _, truth in truth }], change: (inout RunSettings) -> Void = { _ in }
  ) throws {
    var settings = RunSettings(networks: [.squeezenet1_1], weights: "/secret/weights.safetensors")
    settings.split = split
    settings.validation = .test
    settings.members = max(members.count, 1)
    settings.training.epochs = wanted
    change(&settings)
    try write(
      RunRecord(
        command: ["/secret/emotive", "train", "--corpus", "csv=/secret/table.csv"], settings: settings, corpora: [],
        sources: []),
      to: "\(path)/run.json")
    let lines = epochs.enumerated().map { index, accuracy in
      """
      {"epoch":\(index + 1),"imagesPerSecond":40,"learningRate":0.001,"loadingShare":0,"seconds":2,\
      "trainingAccuracy":\(accuracy),"trainingLoss":1,"validationAccuracy":\(accuracy),"validationLoss":1,\
      "validationUAR":\(accuracy)}
      """
    }
    let splits = try SplitPlan(split).splits(of: Self.recordings, seed: 1)
    var outcomes: [(split: Split, predictions: Predictions)] = []
    for split in splits {
      for member in 1...settings.members {
        try write(
          lines.joined(separator: "\n") + "\n", to: "\(path)/\(split.name)/member-\(member)/epochs.jsonl")
      }
      guard !members.isEmpty else { continue }
      let tested = split.test.map { Self.recordings[$0] }
      let truth = tested.map { Self.labels.firstIndex(of: $0.label) ?? 0 }
      let logits = members.map { answer in
        zip(split.test, truth).map { recording, truth in
          Self.labels.indices.map { $0 == answer(recording, truth) ? 2.0 : 0 }
        }
      }
      let predictions = try Predictions(
        files: tested.map(\.path), truth: truth, speakers: tested.map(\.speaker), logits: logits)
      try write(predictions, to: "\(path)/\(split.name)/predictions.json")
      outcomes.append((split, predictions))
    }
    if !members.isEmpty {
      try write(EvaluationResult(outcomes, labels: Self.labels, notes: ["a note"]), to: "\(path)/result.json")
    }
  }

  /// Writes an experiment's record.
  func declare(_ name: String, runs: [String], title: String? = nil, quick: Bool? = nil, at path: String? = nil) throws
  {
    let record = ExperimentRecord(
      name: name, title: title, paperSection: "III", question: "Does it help?", claim: "it helps", quick: quick,
      runs: runs.map { .init(name: $0, title: "run \($0)", paperWA: 0.5) })
    try write(record, to: "\(path ?? name)/experiment.json")
  }
}
