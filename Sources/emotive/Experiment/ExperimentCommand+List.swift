import Corpora
import Evaluation
import Foundation
import Reporting
import Torch
import Training

/// `emotive experiment --list`
extension ExperimentCommand {
  func printList(_ experiments: [Experiment], _ read: [Corpus]) throws {
    Runtime.keepFreedMemory()  // as when it trains
    var speeds: [String: Double] = [:]
    var first: [RunSettings: [(corpora: [String], name: String)]] = [:]
    var table = TextTable(["run", "network", "protocol", "trainings", "epochs", "recordings", "estimate"], leading: 3)
    var total = 0.0
    for experiment in experiments {
      for run in experiment.runs where isWanted(run, of: experiment) {
        let settings = run.settings
        let used = run.data.apply(to: read, seed: seed)
        let recordings = used.flatMap(\.recordings)
        let splits = try naming(split: run.splitFlag) {
          try SplitPlan(settings.split).splits(of: recordings, seed: settings.training.seed)
        }
        let trained = Dictionary(splits.map { ($0.trainingName, $0) }) { first, _ in first }.values
        let images = trained.reduce(0.0) { $0 + Double($1.training.count) + Double($1.test.count) / 3 }
        // An SVM on a network as it starts trains nothing, and takes no time beside what is trained.
        let isTrained = settings.svm != .pretrained
        let (trainings, epochs) = isTrained ? (trained.count * settings.members, settings.training.epochs) : (0, 0)
        let network = settings.networks[0]
        let batchSize = TrainingSpeed.timedBatchSize(of: settings.training, on: device)
        let key = "\(network.rawValue) \(batchSize) \(settings.training.frozenLayers)"
        if isTrained, speeds[key] == nil {
          note("timing a few steps of \(network.title), batches of \(batchSize)")
          speeds[key] = try TrainingSpeed.imagesPerSecond(
            network, settings: settings.training,
            size: (settings.features.melCount, settings.features.frameCount), device: device)
        }
        let finished = folder(of: run, experiment).result != nil
        let corpora = used.map { "\($0.directory): \($0.recordings.count)" }
        let equal = first[settings]?.first { $0.corpora == corpora }?.name
        let name = "\(experiment.name.rawValue)/\(run.name)"
        if equal == nil { first[settings, default: []].append((corpora, name)) }
        let seconds =
          finished || equal != nil
          ? 0 : images * Double(epochs) * Double(settings.members) / max(speeds[key] ?? 1, 1e-9)
        total += seconds
        table.add([
          name, settings.title, protocolText(settings.split),
          "\(trainings)", "\(epochs)", "\(recordings.count)",
          finished ? "finished" : equal.map { "as \($0)" } ?? duration(seconds),
        ])
      }
    }
    print(
      "\(table)\n\nAll together about \(duration(total)) on this machine; rows are rounded up. Nothing was started.")
    for problem in missingWeights(of: experiments) { print("Needed first: \(problem)") }
  }

  private func duration(_ seconds: Double) -> String {
    let minutes = Int((seconds / 60).rounded(.up))
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
