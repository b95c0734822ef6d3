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
  /// - throws: `ValidationError` that names the run where one is not finished, has other classes or test sides than the
  ///   others, a network that another has, or folds of another partition, and what `answers` throws.
  init(
    _ paths: [String], recordings: [Recording], answers: (RunFolder, Split) throws -> Answers?
  ) throws {
    let runs = try FinishedRun.all(paths)
    let isOfSeveralFolds = Set(runs.map(\.plan.description)).count > 1
    let (parts, isComplete) = try Self.parts(of: runs, recordings, withAllFolds: isOfSeveralFolds, answers)
    labels = try Self.commonLabels(of: runs, parts)
    let merged = try Self.merged(parts)
    try Self.checkDisjoint(parts, of: runs)
    outcomes = merged.map { ($0.split, $0.answers.predictions) }
    unadapted = merged.compactMap(\.answers.unadapted)
    members = try Self.commonMemberCount(of: outcomes)
    var notes = runs.flatMap(\.notes) + Self.extraCorporaNote(on: runs, merged.map(\.split), recordings)
    if isOfSeveralFolds || !isComplete {
      notes.append("judged on \(merged.map(\.split.name).joined(separator: ", ")) alone")
    }
    self.notes = notes.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// What each run says of each of its splits, and whether no run lacks one.
  private static func parts(
    of runs: [FinishedRun], _ recordings: [Recording], withAllFolds: Bool,
    _ answers: (RunFolder, Split) throws -> Answers?
  ) throws -> (parts: [Part], isComplete: Bool) {
    var parts: [Part] = []
    var isComplete = true
    for run in runs {
      let plan = withAllFolds ? run.plan.withAllFolds : run.plan
      let splits = try naming(split: "--run \(run.path): its split") {
        try plan.splits(of: recordings, seed: run.record.settings.training.seed)
      }
      for split in splits {
        if let said = try answers(run.folder, split) {
          parts.append(Part(run: run.path, split: split, answers: said))
        } else {
          isComplete = false
        }
      }
    }
    return (parts, isComplete)
  }

  private static func commonLabels(of runs: [FinishedRun], _ parts: [Part]) throws -> [String] {
    guard let first = runs.first, !parts.isEmpty else {
      throw ValidationError(
        "--run \(runs.map(\.path).joined(separator: ", ")): no predictions of any split; give runs with a test side")
    }
    if let other = runs.first(where: { $0.labels != first.labels }) {
      throw ValidationError(
        "--run \(other.path): it has other classes than \(first.path); give runs of the same classes")
    }
    return first.labels
  }

  /// The parts of each split as one, in the order in which splits first come.
  private static func merged(_ parts: [Part]) throws -> [(split: Split, answers: Answers)] {
    let names = parts.map(\.split.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return try names.map { name -> (split: Split, answers: Answers) in
      let same = parts.filter { $0.split.name == name }
      let head = same[0]
      if let other = same.first(where: {
        $0.split.test != head.split.test || $0.answers.predictions.files != head.answers.predictions.files
      }) {
        throw ValidationError(
          "--run \(other.run): its \(name) has another test side than that of \(head.run); give runs with the same seed"
        )
      }
      try checkDifferent(same)
      let before = same.compactMap(\.answers.unadapted)
      let predictions = try ensemble(same.map(\.answers.predictions))
      return (head.split, (predictions, before.isEmpty ? nil : try ensemble(before)))
    }
  }

  /// Refuses a network that two runs have, and that would count twice in the ensemble.
  private static func checkDifferent(_ parts: [Part]) throws {
    for (index, part) in parts.enumerated() where !part.answers.predictions.truth.isEmpty {
      for other in parts[..<index] {
        for (member, logits) in part.answers.predictions.logits.enumerated() {
          // Networks that say the same of everything, as SqueezeNets do that learned nothing, may be alike by themselves.
          guard Set(logits).count > 1, let twin = other.answers.predictions.logits.firstIndex(of: logits) else {
            continue
          }
          throw ValidationError(
            "--run \(other.run), --run \(part.run): the runs hold the same network twice, as member \(twin + 1) and as member "
              + "\(member + 1) (member N of a run has the seed S + N - 1, so that seeds should lie at least --members apart; where "
              + "nothing is drawn by chance, all seeds give the same); leave one of the runs out")
        }
      }
    }
  }

  /// Refuses different splits that test the same recordings, which would be judged twice.
  private static func checkDisjoint(_ parts: [Part], of runs: [FinishedRun]) throws {
    // Here a corpus is tested once for each that is trained on.
    if case .crossCorpus? = runs.first?.plan.method { return }
    var testers: [Int: Int] = [:]
    for (index, part) in parts.enumerated() {
      for recording in part.split.test {
        if let other = testers[recording].map({ parts[$0] }), other.split.name != part.split.name {
          let count = Set(other.split.test).intersection(part.split.test).count
          throw ValidationError(
            "--run \(other.run), --run \(part.run): \(other.split.name) of the one and \(part.split.name) of the other both "
              + "test \(count) of the recordings, which would count twice, as folds of different seeds are of different "
              + "partitions; give runs with the same seed")
        }
        testers[recording] = index
      }
    }
  }

  /// The members of several predictions of the same recordings as those of one.
  private static func ensemble(_ all: [Predictions]) throws -> Predictions {
    // One alone keeps its temperatures, which an ensemble has none of.
    if all.count == 1 { return all[0] }
    return try Predictions(
      files: all[0].files, truth: all[0].truth, speakers: all[0].speakers, logits: all.flatMap(\.logits))
  }

  private static func commonMemberCount(of outcomes: [(split: Split, predictions: Predictions)]) throws -> Int {
    let counts = outcomes.map(\.predictions.logits.count)
    guard counts.allSatisfy({ $0 == counts[0] }) else {
      let found = outcomes.map { "\($0.split.name): \($0.predictions.logits.count)" }.joined(separator: ", ")
      throw ValidationError(
        "--run: the splits have different numbers of networks (\(found)); give runs with the same splits")
    }
    return counts[0]
  }

  private static func extraCorporaNote(
    on runs: [FinishedRun], _ splits: [Split], _ recordings: [Recording]
  ) -> [String] {
    let tested = Set(splits.flatMap { $0.test.map { recordings[$0].corpus } })
    // Of splits that train on other corpora only, the runs' own results say what there is to say.
    guard splits.contains(where: { $0.training.contains { tested.contains(recordings[$0].corpus) } }) else { return [] }
    let trained = Set(runs.flatMap { $0.record.corpora.map(\.name) })
    return ProtocolRun.extraCorporaNote(trained: trained, tested: tested)
  }
}
