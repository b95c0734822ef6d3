import Features
import Foundation
import Networks
import Storage
import Testing
import Torch

@testable import Training

/// One at a time: libtorch's random state belongs to the whole process.
@MainActor @Suite(.serialized) final class TrainerTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  static let melCount = 32
  static let frameCount = 48
  static var features: FeatureSettings {
    var features = FeatureSettings()
    features.melCount = melCount
    features.frameCount = frameCount
    return features
  }

  /// Images of two classes, told apart by whether the upper or the lower half is bright, with noise.
  func examples(_ count: Int) throws -> [Example] {
    var state: UInt32 = 7
    func noise() -> Float {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24) - 0.5
    }
    return try (0..<count).map { number in
      let values = (0..<(3 * Self.melCount * Self.frameCount)).map { index -> Float in
        let isUpper = index / Self.frameCount % Self.melCount < Self.melCount / 2
        return noise() + (isUpper == (number % 2 == 0) ? 0.5 : -0.5)
      }
      let image = StoredImage(file: folder.appending(path: "image-\(number)"), size: values.count)
      try image.write(SpectrogramImage(values: values, melCount: Self.melCount, frameCount: Self.frameCount))
      return Example(image: image, label: number % 2)
    }
  }

  var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = 4
    settings.batchSize = 6
    settings.learningRate = 2e-3
    settings.schedule = .oneCycle(warmUp: 0.3)
    settings.weightAveraging = 0.9
    settings.augmentation.timeShift = 4
    settings.augmentation.mixup = 0.2
    return settings
  }

  /// Those without what hides how much is learned from one epoch to the next.
  var plainSettings: TrainingSettings {
    var settings = settings
    settings.augmentation = Augmentation()
    settings.weightAveraging = nil
    settings.precision = .float32
    return settings
  }

  func trainer(
    _ settings: TrainingSettings, _ architecture: Architecture = .squeezenet1_1, on device: Device = .cpu
  ) -> Trainer {
    Trainer(
      settings: settings, architecture: architecture, labels: ["up", "down"], start: nil,
      features: Self.features, device: device)
  }

  func weights(_ name: String, _ file: String = "last") throws -> [String: [Float]] {
    try WeightFile(path: folder.appending(path: "\(name)/\(file).safetensors").path).loaded().mapValues {
      try $0.floats()
    }
  }

  @Test func theLossFallsAndBothEpochsAreKept() throws {
    var settings = plainSettings
    settings.epochs = 8
    let examples = try examples(36)
    let (network, records) = try trainer(settings, .resnet18).train(
      on: Array(examples[..<24]), validation: Array(examples[24...]), in: folder.appending(path: "a"))
    #expect(records.count == 8)
    #expect(try #require(records.last).trainingLoss < 0.5 * records[0].trainingLoss)
    #expect(try #require(records.compactMap(\.validationUAR).max()) > 0.9)
    #expect(network.classCount == 2)
    for file in ["best", "last"] { #expect(try weights("a", file).count == network.parameters.entries.count) }
    let lines = try String(contentsOf: folder.appending(path: "a/epochs.jsonl"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 8)
    #expect(try JSON.decode(EpochRecord.self, from: Data(lines[7].utf8)) == records[7])
  }

  /// The validation side's classes are exchanged: the more is learned, the lower its UAR, so that an early epoch is best.
  @Test func theBestEpochIsTheLastOfTheHighestUAR() throws {
    var settings = plainSettings
    (settings.epochs, settings.learningRate) = (5, 3e-4)
    let examples = try examples(36)
    let validation = examples[24...].map { Example(image: $0.image, label: 1 - $0.label) }
    let trainer = trainer(settings, .resnet18)
    let (network, records) = try trainer.train(
      on: Array(examples[..<24]), validation: validation, in: folder.appending(path: "a"), keeping: .best)
    let highest = try #require(records.compactMap(\.validationUAR).max())
    let best = try #require(records.last { $0.validationUAR == highest })
    #expect(best.epoch < records.count)

    let rows = try trainer.logits(network, of: validation, precision: .float32)
    let truth = validation.map(\.label)
    #expect(meanRecall(truth, isRight: zip(rows, truth).map { $0.indexOfMaximum == $1 }) == highest)
    let loss = try Loss.crossEntropy(Tensor(rows.flatMap(\.self), shape: [rows.count, 2]), Tensor(truth)).item()
    let expected = try #require(best.validationLoss)
    #expect(abs(loss - expected) < 1e-6)
  }

  @Test func theBestEpochNeedsAValidationSide() throws {
    let examples = try examples(12)
    #expect {
      try self.trainer(self.settings).train(
        on: examples, validation: [], in: self.folder.appending(path: "a"), keeping: .best)
    } throws: {
      "\($0)".contains("the best epoch needs a validation side")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "a").path))
  }

  /// The statistics of batch normalisations are averaged, too.
  @Test func theAveragedWeightsAreWhatIsSaved() throws {
    var settings = settings
    settings.epochs = 2
    let (network, _) = try trainer(settings, .crnn).train(
      on: examples(12), validation: [], in: folder.appending(path: "a"))
    let (saved, state) = (try weights("a"), try weights("a", "checkpoint"))
    for (index, entry) in network.parameters.entries.enumerated() {
      let average = try #require(state["average.\(index)"])
      #expect(saved[entry.name] == average, "\(entry.name)")
      #expect(try entry.tensor.floats() == average, "\(entry.name)")
      // What training would go on with are other weights.
      #expect(state["network.\(entry.name)"] != average, "\(entry.name)")
    }
  }

  @Test func theSameSeedGivesTheSameWeightsAndAnotherSeedOthers() throws {
    let examples = try examples(18)
    var other = settings
    other.seed = 2
    for (name, settings) in [("a", settings), ("b", settings), ("c", other)] {
      _ = try trainer(settings).train(on: examples, validation: [], in: folder.appending(path: name))
    }
    #expect(try weights("a") == weights("b"))
    #expect(try weights("a") != weights("c"))
  }

  struct Interruption: Error {}

  /// On every device that is there: dropout draws from the generator of its own.
  @Test(arguments: [1, 5, 9, 11], Device.allCases.filter(\.isAvailable))
  func aRunThatIsStoppedGoesOnToTheSameWeights(step: Int, device: Device) throws {
    try expectTheSameWeights(of: trainer(settings, on: device), stoppedAt: step)
  }

  /// The statistics of batch normalisations are no parameters, and go on all the same.
  @Test(arguments: Device.allCases.filter(\.isAvailable))
  func aRunWithBatchNormalisationsGoesOnToTheSameWeights(device: Device) throws {
    var settings = settings
    settings.epochs = 2
    try expectTheSameWeights(of: trainer(settings, .crnn, on: device), stoppedAt: 5)
  }

  private func expectTheSameWeights(of trainer: Trainer, stoppedAt step: Int) throws {
    let examples = try examples(18)
    let validation = Array(examples[..<6])
    _ = try trainer.train(on: examples, validation: validation, in: folder.appending(path: "whole"))
    var steps = 0
    #expect(throws: Interruption.self) {
      try trainer.train(on: examples, validation: validation, in: folder.appending(path: "halves")) { event in
        if case .step = event { steps += 1 }
        if steps == step { throw Interruption() }
      }
    }
    // Whatever else the process draws must not matter.
    try Runtime.seed(99)
    var resumed: Int?
    _ = try trainer.train(on: examples, validation: validation, in: folder.appending(path: "halves")) { event in
      if case .resumed(let epochs) = event { resumed = epochs }
    }
    #expect(resumed ?? 0 == (step - 1) / 3)
    #expect(try weights("whole") == weights("halves"))
    #expect(try weights("whole", "best") == weights("halves", "best"))
    let lines = try String(contentsOf: folder.appending(path: "halves/epochs.jsonl"), encoding: .utf8)
    #expect(lines.split(separator: "\n").count == trainer.settings.epochs)
  }

  @Test func otherCopiesOfTheImagesAreAnotherRun() throws {
    let examples = try examples(12)
    func copied(_ names: [String]) -> [Example] {
      examples.map { example in
        var image = example.image
        image.speedCopies = names.map { folder.appending(path: $0) }
        return Example(image: image, label: example.label)
      }
    }
    var settings = settings
    settings.epochs = 1
    func train(_ examples: [Example], _ name: String) throws -> Int? {
      var resumed: Int?
      _ = try trainer(settings).train(on: examples, validation: [], in: folder.appending(path: name)) { event in
        if case .resumed(let epochs) = event { resumed = epochs }
      }
      return resumed
    }
    #expect(try train(copied(["slow", "fast"]), "a") == nil)
    #expect(try train(copied(["slow", "fast"]), "a") == 1)
    for other in [copied(["slow"]), examples] {
      #expect {
        try train(other, "a")
      } throws: {
        "\($0)".contains("checkpoint.safetensors is of a run with other settings or recordings")
      }
    }
    // A checkpoint of before copies were told apart names none.
    #expect(try train(examples, "b") == nil)
    #expect(try train(copied(["slow"]), "b") == 1)
  }

  @Test func aRunGoesOnWhereItWasStartedButIsJudgedAnywhere() throws {
    var settings = settings
    settings.epochs = 2
    let (trainer, examples) = (trainer(settings), try examples(12))
    let run = folder.appending(path: "a")
    let checkpoint = run.appending(path: "checkpoint.safetensors")
    /// Puts the state of another generator in the place of the CPU's.
    func changeDevice() throws {
      let file = try WeightFile(path: checkpoint.path)
      let entries = try file.tensors.map { name, stored in
        try WeightFile.Entry(name, name == "random" ? .zeros([16], dtype: .uint8) : stored.loaded())
      }
      try WeightFile.write(entries, metadata: file.metadata, to: checkpoint.path)
    }
    var steps = 0
    #expect(throws: Interruption.self) {
      try trainer.train(on: examples, validation: [], in: run) { event in
        if case .step = event { steps += 1 }
        if steps == 3 { throw Interruption() }
      }
    }
    let halfway = try Data(contentsOf: checkpoint)
    try changeDevice()
    #expect {
      try trainer.train(on: examples, validation: [], in: run)
    } throws: {
      "\($0)".contains("checkpoint.safetensors: the run was started on another device than cpu")
        && "\($0)".contains("give the --device that it was started with")
    }
    try halfway.write(to: checkpoint)
    _ = try trainer.train(on: examples, validation: [], in: run)
    let trained = try weights("a")
    try changeDevice()
    let (network, records) = try trainer.train(on: examples, validation: [], in: run)
    #expect(records.count == 2)
    for entry in network.parameters.entries { #expect(try entry.tensor.floats() == trained[entry.name]) }
  }

  @Test func aCheckpointOfOtherSettingsIsRefused() throws {
    let examples = try examples(12)
    _ = try trainer(settings).train(on: examples, validation: [], in: folder.appending(path: "a"))
    var other = settings
    other.learningRate = 1e-4
    #expect {
      try self.trainer(other).train(on: examples, validation: [], in: self.folder.appending(path: "a"))
    } throws: {
      "\($0)".contains("checkpoint.safetensors is of a run with other settings")
    }
  }

  @Test func frozenParametersStay() throws {
    var settings = settings
    settings.epochs = 1
    settings.weightAveraging = nil
    settings.frozenLayers = ["features"]
    let start = try Network(.squeezenet1_1, classCount: 2)
    let weights = Dictionary(uniqueKeysWithValues: start.parameters.entries.map { ($0.name, $0.tensor) })
    let trainer = Trainer(
      settings: settings, architecture: .squeezenet1_1, labels: ["up", "down"], start: weights,
      features: Self.features)
    let (network, _) = try trainer.train(on: examples(12), validation: [], in: folder.appending(path: "a"))
    for entry in network.parameters.entries {
      let isSame = try entry.tensor.floats() == weights[entry.name]?.floats()
      #expect(isSame == entry.name.hasPrefix("features."), "\(entry.name)")
    }
  }

  /// Otherwise the best epoch on recordings that are now tested could be taken for one chosen without them.
  @Test func aBestEpochIsThatOfOneValidationSide() throws {
    var settings = settings
    settings.epochs = 1
    let (trainer, examples) = (trainer(settings), try examples(18))
    let run = folder.appending(path: "a")
    func train(_ validation: ArraySlice<Example>, _ kept: ReportedEpoch) throws {
      _ = try trainer.train(on: Array(examples[..<10]), validation: Array(validation), in: run, keeping: kept)
    }
    try train(examples[10..<14], .best)
    try train(examples[10..<14], .best)
    #expect {
      try train(examples[14...], .best)
    } throws: {
      "\($0)".contains("checkpoint.safetensors is of a run with another validation side")
    }
    // By the last epoch nothing is chosen.
    try train(examples[14...], .last)
    // A checkpoint of before the side was named is taken as it is.
    let checkpoint = run.appending(path: "checkpoint.safetensors")
    let file = try WeightFile(path: checkpoint.path)
    let entries = try file.tensors.map { try WeightFile.Entry($0, $1.loaded()) }
    let metadata = file.metadata.filter { $0.key != "validation" }
    #expect(metadata.count == file.metadata.count - 1)
    try WeightFile.write(entries, metadata: metadata, to: checkpoint.path)
    try train(examples[14...], .best)
  }

  @Test func aNetworkThatIsAllFrozenIsRefused() throws {
    var settings = settings
    settings.frozenLayers = ["features", "classifier"]
    #expect {
      try settings.freezeLayers(of: Network(.squeezenet1_1, classCount: 2))
    } throws: {
      "\($0)" == "--freeze features classifier: nothing of SqueezeNet 1.1 is left to train; "
        + "leave a layer out, for instance classifier"
    }
    settings.frozenLayers = ["features", "head"]
    #expect {
      try settings.freezeLayers(of: Network(.squeezenet1_1, classCount: 2))
    } throws: {
      "\($0)".contains("--freeze head: SqueezeNet 1.1 has no such layer; it has features, classifier")
    }
  }

  @Test func theCRNNLearnsAndPoolsItsFeatures() throws {
    var settings = plainSettings
    settings.epochs = 6
    let examples = try examples(36)
    let trainer = trainer(settings, .crnn)
    let (network, records) = try trainer.train(
      on: Array(examples[..<24]), validation: Array(examples[24...]), in: folder.appending(path: "a"))
    #expect(try #require(records.last).trainingLoss < 0.5 * records[0].trainingLoss)
    #expect(try #require(records.compactMap(\.validationUAR).max()) > 0.9)

    let test = Array(examples[24...])
    let pooled = try trainer.pooledFeatures(network, of: test, precision: .float32)
    #expect(pooled.map(\.count) == Array(repeating: 512, count: 12))
    // Batches of two and of twelve give the same vectors.
    settings.batchSize = 1
    let singly = try self.trainer(settings, .crnn).pooledFeatures(network, of: test, precision: .float32)
    #expect(zip(pooled.joined(), singly.joined()).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
