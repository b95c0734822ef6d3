import Features
import Foundation
import Networks
import Storage
import Torch

/// Trains one network on images.
public struct Trainer {
  /// Everything that decides the result besides the images.
  public let settings: TrainingSettings
  /// The network to train.
  public let architecture: Architecture
  /// The class names; a label is an index into them.
  public let labels: [String]
  /// The weights to start from; nil for a random start. Their last layer is used where it has as many classes.
  public let start: [String: Tensor]?
  /// How the recordings became images.
  public let features: FeatureSettings
  /// The ensemble that the network learns from besides the labels; nil for none.
  public let teacher: Teacher?
  /// Where the network computes.
  public let device: Device

  /// A trainer of one network.
  public init(
    settings: TrainingSettings, architecture: Architecture, labels: [String], start: [String: Tensor]?,
    features: FeatureSettings, teacher: Teacher? = nil, device: Device = .cpu
  ) {
    self.settings = settings
    self.architecture = architecture
    self.labels = labels
    self.start = start
    self.features = features
    self.teacher = teacher
    self.device = device
  }

  /// Trains, or goes on where a killed run of the same settings stopped, and leaves in `folder`: `epochs.jsonl`,
  /// `checkpoint.safetensors`, from which a run goes on, `last.safetensors` and, with a validation side,
  /// `best.safetensors` (the epoch of highest validation UAR; of equals, the last).
  ///
  /// From then on libtorch computes deterministically in the whole process, and with the number of threads that it chose
  /// at its start.
  ///
  /// - Parameter kept: the epoch whose network is returned.
  /// - Returns: the network of that epoch, and a record of every epoch.
  /// - throws: `TrainingError` for settings that cannot train, for too few recordings, where the loss stops being a
  ///   number, or the folder holds another run or one of another device; `ParameterMismatch` where the starting weights
  ///   are of another network; `TorchError`, the file system's errors, and what `onEvent` throws.
  public func train(
    on training: [Example], validation: [Example], in folder: URL, keeping kept: ReportedEpoch = .last,
    onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> (network: Network, records: [EpochRecord]) {
    try settings.validate()
    guard training.count > 1 else {
      throw TrainingError("training needs at least 2 recordings, found \(training.count)")
    }
    guard kept == .last || !validation.isEmpty else {
      throw TrainingError(
        "the best epoch needs a validation side to be chosen by, found no recordings for one; hold some back, "
          + "or keep the last epoch")
    }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let checkpointFile = folder.appending(path: "checkpoint.safetensors")
    let run = RunIdentity(
      architecture: architecture, classCount: labels.count, settings: settings, features: features.hash,
      trainingExamples: Fingerprint.of(training), copies: Fingerprint.ofCopies(training),
      whitening: features.whitening == .trainingSet ? Fingerprint.ofWhitening(training) : nil)
    let watched = validation.isEmpty ? nil : Fingerprint.of(validation)

    Runtime.useThreads(Runtime.defaultThreads)
    Runtime.setDeterministic(true)
    let network = try startingNetwork()
    for network in teacher?.networks ?? [] { try network.parameters.move(to: device) }
    try settings.freezeLayers(of: network)
    let step = try TrainingStep(network.parameters, settings)
    var records: [EpochRecord] = []
    if FileManager.default.fileExists(atPath: checkpointFile.path) {
      let checkpoint = try Checkpoint(file: checkpointFile, run: run, validation: kept == .best ? watched : nil)
      try checkpoint.restore(network, step)
      records = checkpoint.records
      try onEvent(.resumed(epochs: records.count))
    }

    let batches = batches(of: training, training: settings)
    let totalSteps = batches.count * settings.epochs
    while records.count < settings.epochs {
      let epoch = records.count
      let started = ContinuousClock.now
      var meter = Meter()
      let loader = BatchLoader(batches, epoch: epoch)
      while let batch = try loader.next() {
        let number = epoch * batches.count + meter.steps
        let rate =
          settings.learningRate
          * settings.schedule.share(step: number, stepsPerEpoch: batches.count, totalSteps: totalSteps)
        let (logits, loss) = try step.take(number, learningRate: rate) {
          let logits = try network.logits(of: batch.images, in: settings.precision, training: true)
          return (logits, try self.loss(logits, taught(batch)))
        }
        try meter.add(loss: loss.item(), logits: logits, labels: batch.labels, rate: rate, epoch: epoch)
        try onEvent(
          .step(
            epoch: epoch + 1, step: meter.steps, of: batches.count, images: batch.labels.count, loss: meter.meanLoss))
      }
      let seconds = (ContinuousClock.now - started) / .seconds(1)

      func finishEpoch() throws {
        let outcome = validation.isEmpty ? nil : try evaluate(network, on: validation)
        // Before anything of this epoch is written: what is no number cannot be.
        if let loss = outcome?.loss {
          try checkFinite(loss, "validation loss", "after epoch \(epoch + 1)", rate: meter.rate)
        }
        records.append(meter.record(epoch: epoch + 1, outcome: outcome, seconds: seconds, waited: loader.waited))
        if let uar = outcome?.uar, uar >= records.compactMap(\.validationUAR).max() ?? 0 {
          try network.save(to: folder.appending(path: "best.safetensors"))
        }
        if records.count == settings.epochs { try network.save(to: folder.appending(path: "last.safetensors")) }
      }
      if let average = step.average { try average.whileApplied(finishEpoch) } else { try finishEpoch() }
      // Before the checkpoint: a run killed between the two does the epoch again and writes its line anew, while a line
      // that is missing behind the last checkpoint would stay so.
      try writeLines(records, to: folder.appending(path: "epochs.jsonl"))
      try Checkpoint.write(
        to: checkpointFile, network: network, step: step, records: records, run: run, validation: watched)
      if let record = records.last { try onEvent(.epoch(record)) }
    }
    try network.load(
      WeightFile(path: folder.appending(path: "\(kept.rawValue).safetensors").path).loaded(), replacingHead: false)
    return (network, records)
  }

  /// The network as training starts with it: the starting weights, or random ones from the seed.
  ///
  /// - throws: `ParameterMismatch` where the weights are of another network, `TorchError`, as for a device that is not
  ///   available.
  public func startingNetwork() throws -> Network {
    try Runtime.seed(settings.seed)
    let network = try Network(architecture, classCount: labels.count)
    if let start {
      let classes = start.filter { architecture.headKeys.contains($0.key) }.values.first?.shape.first
      try network.load(start, replacingHead: classes != labels.count)
    }
    try network.parameters.move(to: device)
    return network
  }

  /// The logits (recording, class) of a network in evaluation mode.
  ///
  /// - throws: `TrainingError` where one is not finite: the training diverged, which its last step cannot tell. Besides, as
  ///   ``pooledFeatures(_:of:precision:)``.
  public func logits(_ network: Network, of examples: [Example], precision: Precision) throws -> [[Float]] {
    let answers = try outputs(network, of: examples, precision: precision)
    guard answers.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw TrainingError(
        "what the network says is not a number (NaN) or infinite, as its training diverged; "
          + "lower --learning-rate, or clip gradients (`emotive train --gradient-clipping 1`)")
    }
    return answers
  }

  /// What the last layer of a network sees in evaluation mode (recording, width): see `Network.pooledFeatures`.
  ///
  /// - throws: `TorchError`, `TrainingError` where a file is not an image, and the file system's errors where it cannot be
  ///   read.
  public func pooledFeatures(_ network: Network, of examples: [Example], precision: Precision) throws -> [[Float]] {
    try rows(of: examples) { try network.pooledFeatures(of: $0.images, in: precision) }
  }
}

// MARK: - Parts of a step

extension Trainer {
  private func batches(of examples: [Example], training: TrainingSettings?) -> Batches {
    Batches(
      examples: examples, classCount: labels.count, features: features,
      batchSize: training == nil ? 2 * settings.batchSize : settings.batchSize,
      isChannelsLast: settings.isChannelsLast, training: training)
  }

  private func outputs(_ network: Network, of examples: [Example], precision: Precision) throws -> [[Float]] {
    try rows(of: examples) { try network.logits(of: $0.images, in: precision) }
  }

  /// What `compute` makes of each image, undistorted and in the order given.
  private func rows(of examples: [Example], _ compute: (Batch) throws -> Tensor) throws -> [[Float]] {
    Runtime.useThreads(Runtime.defaultThreads)
    return try Runtime.withoutGradients {
      let loader = BatchLoader(batches(of: examples, training: nil), epoch: 0)
      var rows: [[Float]] = []
      while let batch = try loader.next() {
        let output = try compute(batch)
        let (width, values) = (output.shape[1], try output.floats())
        rows += stride(from: 0, to: values.count, by: width).map { Array(values[$0..<($0 + width)]) }
      }
      return rows
    }
  }

  private func loss(_ logits: Tensor, _ batch: Batch) throws -> Tensor {
    switch settings.loss {
    case .crossEntropy:
      return try Loss.crossEntropy(logits, batch.targets.to(device), labelSmoothing: settings.labelSmoothing)
    case .multiMargin: return try Loss.multiMargin(logits, batch.targets.to(device))
    case .multiLabelMargin:
      // Each row lists its classes and then -1.
      let rows = batch.labels.flatMap { [$0] + Array(repeating: -1, count: labels.count - 1) }
      return try Loss.multiLabelMargin(
        logits, Tensor(rows).reshaped([batch.labels.count, labels.count]).to(device))
    }
  }

  /// The batch with what the teacher says of it.
  private func taught(_ batch: Batch) throws -> Batch {
    guard let teacher, let share = settings.distillation else { return batch }
    let targets = try teacher.targets(
      for: batch, share: share, classCount: labels.count, precision: settings.precision, on: device)
    return Batch(images: batch.images, targets: targets, labels: batch.labels)
  }

  private func evaluate(_ network: Network, on validation: [Example]) throws -> (loss: Double, wa: Double, uar: Double)
  {
    let rows = try outputs(network, of: validation, precision: settings.precision)
    let truth = validation.map(\.label)
    let scores = try Tensor(rows.flatMap(\.self), shape: [rows.count, labels.count])
    let batch = Batch(images: scores, targets: try Tensor(truth), labels: truth)
    let right = zip(rows, truth).map { row, label in row.indexOfMaximum == label }
    return (try loss(scores.to(device), batch).item(), share(of: right), meanRecall(truth, isRight: right))
  }

  private func writeLines(_ records: [EpochRecord], to file: URL) throws {
    let lines = try records.map { try JSON.text($0) + "\n" }.joined()
    try Data(lines.utf8).write(to: file, options: .atomic)
  }
}

/// Sees that a training has not diverged.
private func checkFinite(_ loss: Double, _ name: String, _ place: String, rate: Double) throws {
  guard !loss.isFinite else { return }
  // In words: the sign of a NaN says nothing, and differs from machine to machine.
  let kind = loss.isNaN ? "not a number (NaN)" : "infinite"
  throw TrainingError(
    "the \(name) is \(kind) \(place) at learning rate \(rate); "
      + "lower --learning-rate, or clip gradients (`emotive train --gradient-clipping 1`)")
}

/// Sums over the steps of one epoch.
private struct Meter {
  private(set) var steps = 0
  private var lossSum = 0.0
  private var right = 0
  private var images = 0
  private(set) var rate = 0.0

  var meanLoss: Double { lossSum / Double(max(steps, 1)) }

  mutating func add(loss: Double, logits: Tensor, labels: [Int], rate: Double, epoch: Int) throws {
    try checkFinite(loss, "loss", "from epoch \(epoch + 1), step \(steps + 1) on,", rate: rate)
    steps += 1
    lossSum += loss
    right += zip(try logits.argmax(1).integers(), labels).count { $0 == $1 }
    images += labels.count
    self.rate = rate
  }

  func record(epoch: Int, outcome: (loss: Double, wa: Double, uar: Double)?, seconds: Double, waited: Double)
    -> EpochRecord
  {
    EpochRecord(
      epoch: epoch, learningRate: rate, trainingLoss: meanLoss,
      trainingAccuracy: Double(right) / Double(max(images, 1)),
      validationLoss: outcome?.loss, validationAccuracy: outcome?.wa, validationUAR: outcome?.uar, seconds: seconds,
      imagesPerSecond: Double(images) / max(seconds, 1e-9), loadingShare: waited / max(seconds, 1e-9))
  }
}

/// A short name for a list of examples, to tell whether a checkpoint is of the same.
private enum Fingerprint {
  static func of(_ examples: [Example]) -> String {
    hash(examples.map { "\($0.image.file.lastPathComponent)=\($0.label);" })
  }

  /// A short name for the copies of the examples' images; nil where there are none.
  static func ofCopies(_ examples: [Example]) -> String? {
    let copies = examples.map { [$0.image.lossyCopy].compactMap(\.self) + $0.image.speedCopies }
    guard copies.contains(where: { !$0.isEmpty }) else { return nil }
    return hash(copies.map { $0.map(\.lastPathComponent).joined(separator: ",") + ";" })
  }

  /// A short name for the whitening of the examples' images, which the store keeps in a folder of its own.
  static func ofWhitening(_ examples: [Example]) -> String? {
    examples.first.map { $0.image.file.deletingLastPathComponent().lastPathComponent }
  }

  private static func hash(_ texts: [String]) -> String {
    String(StableHash.value(of: texts.lazy.flatMap(\.utf8)), radix: 16)
  }
}
