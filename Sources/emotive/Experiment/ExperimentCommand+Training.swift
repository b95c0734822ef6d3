import ArgumentParser
import Corpora
import Evaluation
import Foundation
import Storage
import Training

/// One run of an experiment in its folder.
extension ExperimentCommand {
  /// The folder of an experiment.
  func folder(of experiment: Experiment) -> URL { URL(filePath: output).appending(path: experiment.name.rawValue) }

  /// The folder of a run.
  func folder(of run: Experiment.Run, _ experiment: Experiment) -> RunFolder {
    RunFolder(folder(of: experiment).appending(path: run.name))
  }

  private func earlierDeclaration(of experiment: Experiment) -> ExperimentRecord? {
    (try? Data(contentsOf: folder(of: experiment).appending(path: ExperimentRecord.fileName))).flatMap {
      try? JSON.decode(ExperimentRecord.self, from: $0)
    }
  }

  /// Sees that the folder's runs, as far as they are wanted, are those of this call: a reader could not tell them apart.
  ///
  /// - throws: `ValidationError` that names a run with other settings or recordings, or an experiment that was quick, or not.
  func checkFolder(of experiment: Experiment, _ read: [Corpus]) throws {
    if let earlier = earlierDeclaration(of: experiment), (earlier.quick ?? false) != quick {
      throw ValidationError(
        "--output \(output): its \(experiment.name.rawValue) was made \(quick ? "without" : "with") --quick; "
          + "give another folder, or the same flag")
    }
    for run in experiment.runs where isWanted(run, of: experiment) {
      let folder = folder(of: run, experiment)
      let record = try record(of: run, run.data.apply(to: read, seed: seed))
      guard folder.result != nil else {
        try folder.check(record, resume: true)
        continue
      }
      let earlier = try folder.record
      guard earlier?.hasSameResult(as: record) == true else {
        let keys = try earlier?.settings.differences(from: record.settings) ?? []
        throw ValidationError(
          "--output \(output): its \(experiment.name.rawValue)/\(run.name) is a finished run with "
            + (keys.isEmpty ? "other recordings or weights" : "other settings: \(keys.joined(separator: ", "))")
            + "; give the same, or another folder, or --only the runs that are meant")
      }
    }
  }

  /// Sees that the recordings can be divided as each wanted run asks, and are of two classes at least.
  ///
  /// - throws: `CorpusError` with what is in the way.
  func checkSplits(of experiment: Experiment, _ read: [Corpus]) throws {
    for run in experiment.runs where isWanted(run, of: experiment) {
      let recordings = run.data.apply(to: read, seed: seed).flatMap(\.recordings)
      try naming(split: run.splitFlag) {
        try SplitPlan(run.settings.split).check(recordings, seed: run.settings.training.seed)
      }
    }
  }

  /// What `experiment.json` is to say: the runs of this call, and those that an earlier one left and this one does not
  /// touch, so that an experiment can be made by several calls.
  func declaration(of experiment: Experiment) -> ExperimentRecord {
    var declared = experiment.record(quick: quick)
    let earlier = earlierDeclaration(of: experiment)?.runs ?? []
    let wanted = Set(experiment.runs.filter { isWanted($0, of: experiment) }.map(\.name))
    let kept = earlier.filter { run in
      !wanted.contains(run.name) && RunFolder(folder(of: experiment).appending(path: run.name)).result != nil
    }
    declared.runs = declared.runs.map { run in kept.first { $0.name == run.name } ?? run }
    declared.runs += kept.filter { run in !declared.runs.contains { $0.name == run.name } }
    return declared
  }

  private func record(of run: Experiment.Run, _ used: [Corpus]) throws -> RunRecord {
    try RunRecord(
      command: CommandLine.arguments, settings: run.settings, corpora: used,
      sources: used.map(\.source.description), starts: StartingWeights(run.settings).files(), device: device)
  }

  /// What stands in the way of the runs that are wanted and not finished: weights that are not on this machine, each named
  /// once.
  func missingWeights(of experiments: [Experiment]) -> [String] {
    var problems: [String] = []
    for experiment in experiments {
      for run in experiment.runs where isWanted(run, of: experiment) {
        guard folder(of: run, experiment).result == nil else { continue }
        do { try StartingWeights(run.settings).find() } catch {
          if !problems.contains("\(error)") { problems.append("\(error)") }
        }
      }
    }
    return problems
  }

  /// Trains a run, or the member of it that is wanted, unless it or an equal one is finished.
  func train(_ run: Experiment.Run, _ read: [Corpus], in folder: RunFolder, _ leftOut: inout LeftOut) throws {
    if folder.result != nil { return note("\(folder.url.lastPathComponent): finished before") }
    let used = run.data.apply(to: read, seed: seed)
    let record = try record(of: run, used)
    // An equal run would take the place of the whole folder, where other jobs may be training members.
    if member == nil, !folder.isBusy, let name = try folder.adoptEqual(to: record, in: URL(filePath: output)) {
      return note("the same as \(name), which is finished")
    }
    try folder.claim(record, resume: true)
    try? FileManager.default.removeItem(at: folder.url.appending(path: RunFailure.fileName))
    let starts = try StartingWeights(run.settings)
    try starts.check()
    let images = try RunImages(
      run.settings, store: URL(filePath: featureStore), used.flatMap(\.recordings), &leftOut)
    let protocolRun = try naming(split: run.splitFlag) {
      try ProtocolRun(
        run.settings, recordings: images.recordings, device: device, onlyMember: member,
        start: { try starts.weights(for: $0) }, images: { try images.images(trainingOn: $0) })
    }
    try starts.checkUnheard(by: protocolRun)
    _ = try folder.train(protocolRun, notes: used.flatMap(\.notes))
    if let member {
      return note(
        "member \(member) of \(run.settings.members) is trained; nothing is evaluated yet. Once all are trained, the same "
          + "command without --member evaluates them")
    }
    try folder.removeCheckpoints()
  }
}

extension Experiment.Run {
  /// What chose its split, for messages; the random one is no option.
  var splitFlag: String { isRandom ? "split" : "--disjoint-split" }
}
