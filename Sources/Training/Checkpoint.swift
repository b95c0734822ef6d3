import Foundation
import Networks
import Torch

/// All that a run needs to go on after an epoch as if it had never stopped, in one file.
struct Checkpoint {
  /// What the run had seen, one record per finished epoch.
  let records: [EpochRecord]
  private let tensors: [String: Tensor]

  /// Writes the state after an epoch; the file is replaced in one step.
  static func write(
    to file: URL, network: Network, optimizer: AdamW, average: WeightAverage?, records: [EpochRecord], run: RunIdentity
  ) throws {
    var entries = try network.parameters.entries.map { try WeightFile.Entry("network.\($0.name)", $0.tensor) }
    entries += try optimizer.state.map { try WeightFile.Entry("optimizer.\($0.name)", $0.tensor) }
    entries += try (average?.tensors ?? []).enumerated().map { try WeightFile.Entry("average.\($0)", $1) }
    entries.append(try WeightFile.Entry("random", Runtime.randomState(of: network.device)))
    let metadata = ["records": try records.json(), "run": try run.json()]
    try WeightFile.write(entries, metadata: metadata, to: file.path)
  }

  /// Reads a checkpoint of the same run.
  ///
  /// - throws: `TrainingError` where it is of a run with other settings or other recordings.
  init(file: URL, run: RunIdentity) throws {
    let stored = try WeightFile(path: file.path)
    guard let found = stored.metadata["run"], let records = stored.metadata["records"] else {
      throw TrainingError("\(file.path) is not a checkpoint; delete it to start again")
    }
    guard found == (try run.json()) else {
      throw TrainingError(
        "\(file.path) is of a run with other settings or recordings; give the settings of that run, or another --output"
      )
    }
    self.records = try JSONDecoder().decode([EpochRecord].self, from: Data(records.utf8))
    tensors = try stored.loaded()
  }

  /// Puts everything back where it was.
  func restore(_ network: Network, _ optimizer: AdamW, _ average: WeightAverage?) throws {
    try network.parameters.load(tensors(under: "network."))
    try optimizer.restore(tensors(under: "optimizer."))
    for (index, tensor) in (average?.tensors ?? []).enumerated() {
      guard let stored = tensors["average.\(index)"] else {
        throw TrainingError("the checkpoint has no weight average")
      }
      try tensor.assign(stored)
    }
    guard let random = tensors["random"] else { throw TrainingError("the checkpoint has no random state") }
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
}

extension Encodable {
  /// The value as JSON with sorted keys, so that equal values give equal text.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
