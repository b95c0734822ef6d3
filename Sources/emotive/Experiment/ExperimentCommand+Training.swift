import ArgumentParser
import Corpora
import Evaluation
import Foundation
import Training

/// One run of an experiment in its folder.
extension ExperimentCommand {
  /// Quick runs and others do not go into one folder: a reader could not tell them apart.
  func checkFolder(of experiment: Experiment) throws {
    let folder = URL(filePath: output).appending(path: experiment.name.rawValue)
    guard let data = try? Data(contentsOf: folder.appending(path: ExperimentRecord.fileName)),
      let earlier = try? JSONDecoder().decode(ExperimentRecord.self, from: data), (earlier.quick ?? false) != quick
    else { return }
    throw ValidationError(
      "--output \(output): its \(experiment.name.rawValue) was made \(quick ? "without" : "with") --quick; "
        + "give another folder, or the same flag")
  }

  /// What stands in the way of the runs that are wanted and not finished: ImageNet weights that are not on this machine,
  /// each network named once.
  func missingWeights(of experiments: [Experiment]) -> [String] {
    var problems: [String] = []
    for experiment in experiments {
      for run in experiment.runs where isWanted(run, of: experiment) {
        let folder = RunFolder(URL(filePath: output).appending(path: "\(experiment.name.rawValue)/\(run.name)"))
        // What else is wrong with a run's start is that run's failure, and the others go on.
        guard folder.result == nil, let starts = try? StartingWeights(run.settings) else { continue }
        do { try starts.find() } catch {
          if !problems.contains("\(error)") { problems.append("\(error)") }
        }
      }
    }
    return problems
  }

  /// Trains a run, unless it or an equal one is finished.
  func train(_ run: Experiment.Run, _ read: [Corpus], in folder: RunFolder, _ leftOut: inout LeftOut) throws {
    let used = run.data.apply(to: read, seed: seed)
    let sources = used.map { "\($0.kind.rawValue)=\($0.directory)" }
    let record = RunRecord(
      command: CommandLine.arguments, settings: run.settings, corpora: used, sources: sources, device: device)
    if folder.result != nil {
      guard try folder.record?.hasSameResult(as: record) == true else {
        throw TrainingError(
          "\(folder.url.path) holds a finished run with other settings or recordings; give another --output, or delete it"
        )
      }
      return note("\(folder.url.lastPathComponent): finished before")
    }
    if let name = try folder.adoptEqual(to: record, in: URL(filePath: output)) {
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
        run.settings, recordings: images.recordings, device: device, start: { try starts.weights(for: $0) },
        images: { try images.images(of: $0) })
    }
    _ = try folder.train(protocolRun)
    try folder.removeCheckpoints()
  }
}

extension Experiment.Run {
  /// What chose its split, for messages; the random one is no option.
  var splitFlag: String { isRandom ? "split" : "--disjoint-split" }
}
