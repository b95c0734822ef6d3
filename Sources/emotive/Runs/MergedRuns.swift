import ArgumentParser
import Corpora
import Evaluation
import Foundation

/// Finished runs judged as one: networks that were trained apart become an ensemble where they were tested on the same
/// split, and the test sides of different splits are put together.
struct MergedRuns {
  /// The classes.
  let labels: [String]
  /// The splits with what all networks said of their test sides.
  let outcomes: [(split: Split, predictions: Predictions)]
  /// What they said before they were adapted, in the same order; empty where they were not.
  let unadapted: [Predictions]
  /// What a reader of the figures must know.
  let notes: [String]
  /// The number of networks that answered each recording.
  let members: Int

  private struct Part {
    let run: String
    let split: Split
    let answers: Answers
  }

  /// What a run says of a split's test side; where it was adapted, also what it said before.
  typealias Answers = (predictions: Predictions, unadapted: Predictions?)

  /// Reads runs of the same recordings.
  ///
  /// - parameter answers: what a run says of a split's test side; nil where it has not that split.
  /// - throws: `ValidationError` that names the run where one is not finished, or has other classes or test sides than the
  ///   others, and what `answers` throws.
  init(
    _ paths: [String], recordings: [Recording], answers: (RunFolder, Split) throws -> Answers?
  ) throws {
    var parts: [Part] = []
    var classes: [(run: String, labels: [String])] = []
    var notes: [String] = []
    var plans: [SplitPlan] = []
    var records: [RunRecord] = []
    var places: Set<String> = []
    var missing: Set<String> = []
    for path in paths {
      let folder = RunFolder(URL(filePath: path))
      guard FileManager.default.fileExists(atPath: path) else {
        throw ValidationError("--run \(path): there is no such folder; check the path")
      }
      let place = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
      guard places.insert(place).inserted else {
        throw ValidationError(
          "--run \(path): the same run is given twice, and would count twice in the ensemble; give it once")
      }
      guard let result = folder.result, let record = try folder.record else {
        throw ValidationError(
          "--run \(path): it holds no run.json and result.json, so that it is no finished run; let it finish first")
      }
      classes.append((path, result.labels))
      notes += result.notes
      plans.append(try naming(split: "--run \(path): its split") { try SplitPlan(record.settings.split) })
      records.append(record)
    }
    guard Set(plans.map(\.withAllFolds.description)).count == 1 else {
      throw ValidationError(
        "--run: the runs have different protocols (\(Set(plans.map(\.description)).sorted().joined(separator: ", "))); "
          + "judge them one by one")
    }
    let isOfSeveralFolds = Set(plans.map(\.description)).count > 1
    for ((path, plan), record) in zip(zip(paths, plans), records) {
      let folder = RunFolder(URL(filePath: path))
      let seed = record.settings.training.seed
      let splits = try naming(split: "--run \(path): its split") {
        try (isOfSeveralFolds ? plan.withAllFolds : plan).splits(of: recordings, seed: seed)
      }
      for split in splits {
        guard let answers = try answers(folder, split) else {
          missing.insert(split.name)
          continue
        }
        parts.append(Part(run: path, split: split, answers: answers))
      }
    }
    guard let labels = classes.first?.labels, !parts.isEmpty else {
      throw ValidationError(
        "--run \(paths.joined(separator: ", ")): no predictions of any split; give runs with a test side")
    }
    if let other = classes.first(where: { $0.labels != labels }) {
      throw ValidationError(
        "--run \(other.run): it has other classes than \(classes[0].run); give runs of the same classes")
    }
    let names = parts.map(\.split.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    var merged: [(split: Split, answers: Answers)] = []
    for name in names {
      let same = parts.filter { $0.split.name == name }
      let head = same[0]
      if let other = same.first(where: {
        $0.split.test != head.split.test || $0.answers.predictions.files != head.answers.predictions.files
      }) {
        throw ValidationError(
          "--run \(other.run): its \(name) has another test side than that of \(head.run); give runs with the same seed"
        )
      }
      let before = same.compactMap(\.answers.unadapted)
      merged.append(
        (
          head.split,
          (
            try Self.ensemble(same.map(\.answers.predictions)),
            before.isEmpty ? nil : try Self.ensemble(before)
          )
        ))
    }
    outcomes = merged.map { ($0.split, $0.answers.predictions) }
    unadapted = merged.compactMap(\.answers.unadapted)
    let counts = outcomes.map(\.predictions.logits.count)
    guard counts.allSatisfy({ $0 == counts[0] }) else {
      let found = zip(names, counts).map { "\($0): \($1)" }.joined(separator: ", ")
      throw ValidationError(
        "--run: the splits have different numbers of networks (\(found)); give runs with the same splits")
    }
    let tested = Set(outcomes.flatMap { $0.split.test.map { recordings[$0].corpus } })
    // Of splits that train on other corpora only, the runs' own results say what there is to say.
    if outcomes.contains(where: { $0.split.training.contains { tested.contains(recordings[$0].corpus) } }) {
      let trained = Set(records.flatMap { $0.corpora.map(\.kind) })
      notes += ProtocolRun.extraCorporaNote(trained: trained, tested: tested)
    }
    if isOfSeveralFolds || !missing.isEmpty { notes.append("judged on \(names.joined(separator: ", ")) alone") }
    self.labels = labels
    members = counts[0]
    self.notes = notes.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The members of several predictions of the same recordings as those of one.
  private static func ensemble(_ all: [Predictions]) throws -> Predictions {
    // One alone keeps its temperatures, which an ensemble has none of.
    if all.count == 1 { return all[0] }
    return try Predictions(
      files: all[0].files, truth: all[0].truth, speakers: all[0].speakers, logits: all.flatMap(\.logits))
  }
}
