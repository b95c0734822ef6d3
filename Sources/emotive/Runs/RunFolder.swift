import ArgumentParser
import Corpora
import Evaluation
import Foundation
import Recognition
import Reporting
import Storage

/// The folder of a run: what `train` and `experiment` leave behind.
///
/// It gets run.json; for each split predictions.json and the members' folders; then curves.png, confusion.png,
/// reliability.png and, last of all, result.json, which says that the run is finished.
final class RunFolder {
  /// The folder.
  let url: URL
  /// What run.json is to say once a plan of splits that adds to an earlier run has given a first outcome.
  private var addition: RunRecord?

  init(_ url: URL) { self.url = url }

  /// The result, where the run is finished.
  var result: EvaluationResult? {
    (try? Data(contentsOf: url.appending(path: "result.json"))).flatMap {
      try? JSON.decode(EvaluationResult.self, from: $0)
    }
  }

  /// What the run was made of; nil where the folder holds none.
  ///
  /// - throws: `Failure` where it cannot be read.
  var record: RunRecord? { get throws { try recorded(RunRecord.self) } }

  /// What run.json says; nil where there is none.
  private func recorded<Value: Decodable>(_ type: Value.Type) throws -> Value? {
    guard let data = try? Data(contentsOf: recordFile) else { return nil }
    do {
      return try JSON.decode(type, from: data)
    } catch {
      throw Failure(
        "\(recordFile.path): not the record of a run: \(inWords(error)); take a run that this version of emotive wrote, or "
          + "another folder")
    }
  }

  /// What its networks said of a split's test side, with the paths of these recordings, which may lie elsewhere than those of
  /// the run did; nil where the run has not that split.
  ///
  /// - throws: `ValidationError` where the test side is not that of the recordings.
  func predictions(of split: Split, among recordings: [Recording]) throws -> Predictions? {
    let file = url.appending(path: "\(split.name)/predictions.json")
    guard let data = try? Data(contentsOf: file) else { return nil }
    let predictions: Predictions
    do { predictions = try JSON.decode(Predictions.self, from: data) } catch {
      throw ValidationError(
        "--run \(url.path): \(file.path) cannot be read as predictions (\(inWords(error))); it was edited or damaged")
    }
    let labels = result?.labels ?? []
    let judged = predictions.files.indices.map { index in
      let truth = predictions.truth[index]
      return RunRecord.mark(
        of: predictions.files[index], label: labels.indices.contains(truth) ? labels[truth] : "",
        speaker: predictions.speakers[index])
    }
    let given = split.test.map { recordings[$0] }
    guard judged == given.map({ RunRecord.mark(of: $0.path, label: $0.label, speaker: $0.speaker) }) else {
      throw ValidationError(
        "--run \(url.path): the test side of \(split.name) is not that of the recordings given, by the files' names, labels and "
          + "speakers; give the same --corpus, in the same order, as the run had (those of --quick are drawn by chance, and "
          + "cannot be given)")
    }
    return try Predictions(
      files: given.map(\.path), truth: predictions.truth, speakers: predictions.speakers, logits: predictions.logits,
      temperature: predictions.temperature)
  }

  /// The bundle of a split; nil where the run has not that split.
  ///
  /// - throws: `ValidationError` where the run has the split and no bundle of it.
  func bundle(of split: Split) throws -> ModelBundle? {
    let folder = url.appending(path: split.name)
    guard FileManager.default.fileExists(atPath: folder.appending(path: "predictions.json").path) else { return nil }
    guard FileManager.default.fileExists(atPath: folder.appending(path: "bundle/bundle.json").path) else {
      throw ValidationError(
        "--run \(url.path): there is no bundle of \(split.name), which --adapt needs; runs of `emotive train` have one")
    }
    return try ModelBundle(directory: folder.appending(path: "bundle"))
  }

  /// Whether its last try failed.
  var hasFailed: Bool { FileManager.default.fileExists(atPath: url.appending(path: RunFailure.fileName).path) }

  /// Makes the folder this run's own, or sees that it is; the record of a run that is gone on with stays as it was.
  ///
  /// - throws: as `check`.
  func claim(_ record: RunRecord, resume: Bool) throws {
    try check(record, resume: resume)
    guard let earlier = try earlierRun() else { return try writeJSON(record, to: recordFile.path) }
    // Written later: until then the folder may turn out to be of other recordings.
    if earlier.settings != record.settings { addition = record }
  }

  /// Sees whether the folder is free, or holds this run.
  ///
  /// - throws: `ValidationError` where it holds a run that is not to be resumed, or one with other settings; `Failure` where
  ///   run.json cannot be read.
  func check(_ record: RunRecord, resume: Bool) throws {
    guard let found = try earlierRun() else { return }
    var earlier = found.settings
    guard resume else {
      throw ValidationError(
        "--output \(url.path) already holds a run; give --resume to continue it, or another folder")
    }
    // Splits are trained one by one into folders of their own, so that another plan may add to them.
    earlier.split = record.settings.split
    guard earlier == record.settings else {
      throw ValidationError(
        "the run in \(url.path) differs in \(try earlier.differences(from: record.settings).joined(separator: ", ")) (see "
          + "\(recordFile.path)); give the same, or another --output")
    }
    if let start = record.otherStart(than: found.starts) {
      throw ValidationError(
        "the run in \(url.path) started \(start.network.rawValue) from another file than \(start.file) (SHA-256 "
          + "\(start.sha256.prefix(12)), see \(recordFile.path)); give the same one, or another --output")
    }
  }

  private var recordFile: URL { url.appending(path: "run.json") }

  /// What the record of a run says of how it is to be gone on with.
  private struct Earlier: Decodable {
    var settings: RunSettings
    var starts: [RunRecord.Start]?
  }

  /// The run that the folder holds; nil where there is none, or none that has finished an epoch.
  private func earlierRun() throws -> Earlier? {
    let results: Set = ["checkpoint.safetensors", "svm.json", "predictions.json", "result.json"]
    guard files(in: url).contains(where: { results.contains($0.lastPathComponent) }) else { return nil }
    return try recorded(Earlier.self)
  }

  /// Whether another process trains a member here; one that still makes images does not yet.
  var isBusy: Bool {
    files(in: url).contains { file in
      file.lastPathComponent == "training.part" && OutputPlace(file.deletingPathExtension().path).isPartialClaimed
    }
  }

  /// Everything below a folder.
  private func files(in folder: URL) -> [URL] {
    FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
  }

  /// Copies the finished run of the same settings and recordings, if there is one among the experiments in `output`.
  ///
  /// - Returns: its name, `EXPERIMENT/RUN`.
  func adoptEqual(to record: RunRecord, in output: URL) throws -> String? {
    let files = FileManager.default
    for experiment in Experiment.Name.allCases.map(\.rawValue) {
      let folder = output.appending(path: experiment)
      for name in ((try? files.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() where !name.hasPrefix(".") {
        let other = RunFolder(folder.appending(path: name))
        guard other.url.path != url.path, other.result != nil, var found = try? other.record,
          found.hasSameResult(as: record)
        else { continue }
        found.sameAs = found.sameAs ?? "\(experiment)/\(name)"
        try replaceFolder(url) { folder in
          try files.removeItem(at: folder)
          try files.copyItem(at: other.url, to: folder)
          try writeJSON(found, to: folder.appending(path: "run.json").path)
        }
        return found.sameAs
      }
    }
    return nil
  }

  /// Deletes the members' checkpoints, which a finished run does not need: they are most of what lies there.
  func removeCheckpoints() throws {
    for file in files(in: url) where file.lastPathComponent == "checkpoint.safetensors" {
      try FileManager.default.removeItem(at: file)
    }
  }

  /// Trains what is not trained yet, and judges, unless only one member is wanted.
  ///
  /// - Parameters:
  ///   - notes: what else a reader of the figures must know.
  ///   - afterSplit: called with each split's outcome, where it is judged.
  /// - Returns: the result; nil where no split has a test side, or only one member was wanted.
  func train(
    _ run: ProtocolRun, notes: [String] = [], afterSplit: (ProtocolRun.Outcome) throws -> Void = { _ in }
  ) throws -> EvaluationResult? {
    let settings = run.settings
    let reporter = TrainingReporter(epochs: settings.training.epochs)
    var judged: [(split: Split, predictions: Predictions)] = []
    var curves: [Figure.Curve] = []
    var drawn: Set<String> = []
    var notes = settings.notes + notes
    for split in run.splits {
      let outcome = try run.outcome(of: split, in: url) { reporter.report($0) }
      reporter.finish()
      // All other files are the judging run's, and the other members' folders those of other jobs.
      if run.onlyMember != nil { continue }
      try afterSplit(outcome)
      if let addition { try writeJSON(addition, to: recordFile.path) }
      addition = nil
      // What was on its way when an earlier run was killed; with all members trained, nobody writes there any more.
      for file in files(in: url.appending(path: split.trainingName)) where file.pathExtension == "part" {
        try? FileManager.default.removeItem(at: file)
      }
      if let predictions = outcome.predictions {
        try writeJSON(predictions, to: url.appending(path: "\(split.name)/predictions.json").path)
        judged.append((split, predictions))
        notes += outcome.notes
      }
      // Splits that share a training share its curve; of the test sides, only that of the first of them was watched.
      if drawn.insert(split.trainingName).inserted {
        let name = settings.validation == .test ? split.name : split.trainingName
        let count = outcome.records.count
        curves.append(Figure.Curve(count > 1 ? "\(name), mean of \(count)" : name, meanOf: outcome.records))
      }
    }

    notes += run.extraCorporaNote(of: judged.map(\.split))
    let found = judged.isEmpty ? nil : try EvaluationResult(judged, labels: run.labels, notes: notes)
    if curves.contains(where: { !$0.trainingLoss.isEmpty }) {
      try Figure.curves(curves, title: settings.curvesTitle(found), to: url.appending(path: "curves.png"))
    }
    guard let result = found else { return nil }
    let title = result.figureTitle(settings.title)
    try Figure.confusionMatrix(result.confusionMatrix(), title: title, to: url.appending(path: "confusion.png"))
    if let calibration = result.calibration {
      try Figure.reliability(calibration, title: title, to: url.appending(path: "reliability.png"))
    }
    try writeJSON(result, to: url.appending(path: "result.json").path)
    return result
  }
}
