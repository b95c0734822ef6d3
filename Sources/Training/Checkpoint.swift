import Foundation
import Networks
import Storage
import Torch

/// All that a run needs to go on after an epoch as if it had never stopped, in one file.
struct Checkpoint {
  /// What the run had seen, one record per finished epoch.
  let records: [EpochRecord]
  private let tensors: [String: Tensor]
  private let file: URL
  private let epochs: Int

  /// Writes the state after an epoch; the file is replaced in one step.
  ///
  /// - Parameter validation: a short name for the validation side; nil where there is none.
  static func write(
    to file: URL, network: Network, step: TrainingStep, records: [EpochRecord], run: RunIdentity, validation: String?
  ) throws {
    var entries = try network.parameters.entries.map { try WeightFile.Entry("network.\($0.name)", $0.tensor) }
    entries += try step.optimizer.state.map { try WeightFile.Entry("optimizer.\($0.name)", $0.tensor) }
    entries += try (step.average?.tensors ?? []).enumerated().map { try WeightFile.Entry("average.\($0)", $1) }
    entries.append(try WeightFile.Entry("random", Runtime.randomState(of: network.device)))
    var metadata = ["records": try JSON.text(records), "run": try JSON.text(run)]
    metadata["validation"] = validation
    try WeightFile.write(entries, metadata: metadata, to: file.path)
  }

  /// Reads a checkpoint of the same run.
  ///
  /// - Parameter validation: the validation side where something was chosen by it; nil takes any, as trainings that
  ///   several splits share are watched on the first one's test side.
  /// - throws: `TrainingError` where it is of a run with other settings or other recordings.
  init(file: URL, run: RunIdentity, validation: String?) throws {
    let stored = try WeightFile(path: file.path)
    guard let found = stored.metadata["run"], let records = stored.metadata["records"] else {
      throw TrainingError("\(file.path) is not a checkpoint; delete it to start again")
    }
    // Checkpoints of before altered copies were told apart do not name them.
    var unnamed = run
    unnamed.copies = nil
    guard [run, unnamed].contains(try? JSON.decode(RunIdentity.self, from: Data(found.utf8))) else {
      throw TrainingError(
        "\(file.path) is of a run with other settings or recordings; give the settings of that run, or another --output"
      )
    }
    // Older checkpoints do not name the validation side.
    if let validation, let watched = stored.metadata["validation"], watched != validation {
      throw TrainingError(
        "\(file.path) is of a run with another validation side, by which its best epoch was chosen: that would be "
          + "another one now; give the --split of that run, or another --output")
    }
    self.records = try JSON.decode([EpochRecord].self, from: Data(records.utf8))
    tensors = try stored.loaded()
    self.file = file
    epochs = run.settings.epochs
  }

  /// Puts everything back where it was.
  ///
  /// - throws: `TrainingError` where the run is not finished and was started on another kind of device.
  func restore(_ network: Network, _ step: TrainingStep) throws {
    try network.parameters.load(tensors(under: "network."))
    try step.optimizer.restore(tensors(under: "optimizer."))
    for (index, tensor) in (step.average?.tensors ?? []).enumerated() {
      guard let stored = tensors["average.\(index)"] else {
        throw TrainingError("the checkpoint has no weight average")
      }
      try tensor.assign(stored)
    }
    // A finished run draws no more numbers, so that it can be judged on any device.
    guard records.count < epochs else { return }
    guard let random = tensors["random"] else { throw TrainingError("the checkpoint has no random state") }
    // Each kind of device has a generator of its own, with a state of another size.
    guard random.count == (try Runtime.randomState(of: network.device)).count else {
      throw TrainingError(
        "\(file.path): the run was started on another device than \(network.device.rawValue), where its random numbers "
          + "cannot go on; give the --device that it was started with, or another --output")
    }
    try Runtime.setRandomState(random, of: network.device)
  }

  private func tensors(under prefix: String) -> [String: Tensor] {
    let found = tensors.filter { $0.key.hasPrefix(prefix) }
    return Dictionary(uniqueKeysWithValues: found.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
  }
}

/// What two runs must share for one to continue the other.
struct RunIdentity: Codable, Equatable {
  let architecture: Architecture
  let classCount: Int
  let settings: TrainingSettings
  let features: String
  let trainingExamples: String
  /// The altered copies that images are drawn from; nil where there are none.
  var copies: String?
  /// The whitening of the images that was fitted on the training side; nil for the other kinds.
  var whitening: String?
}
