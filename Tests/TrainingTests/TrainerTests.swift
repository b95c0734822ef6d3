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

  @Test func aTeachersAnswersAreMixedIntoTheTargets() throws {
    try Runtime.seed(3)
    let teacher = Teacher(try (0..<2).map { _ in try Network(.squeezenet1_1, classCount: 2) })
    let images = try Tensor.normal([3, 3, 64, 64])
    let batch = Batch(images: images, targets: try Tensor([1, 0, 1]), labels: [1, 0, 1])
    let targets = try teacher.targets(for: batch, share: 0.75, classCount: 2, precision: .float32, on: .cpu).floats()
    let answers = try teacher.networks.map { try $0(images).softmax(1).floats() }
    let truth: [Float] = [0, 1, 1, 0, 0, 1]
    for index in truth.indices {
      let mean = (answers[0][index] + answers[1][index]) / 2
      #expect(abs(targets[index] - (0.25 * truth[index] + 0.75 * mean)) < 1e-5)
    }
  }

  @Test func aNetworkLearnsFromItsTeacherAlone() throws {
    var settings = settings
    settings.epochs = 8
    settings.augmentation = Augmentation()
    settings.weightAveraging = nil
    settings.precision = .float32
    let examples = try examples(24)
    let (network, _) = try trainer(settings, .resnet18).train(
      on: examples, validation: [], in: folder.appending(path: "teacher"))
    settings.distillation = 1
    // The labels are of no use to the pupil: all of them are the same.
    let unlabelled = examples.map { Example(image: $0.image, label: 0) }
    let pupil = Trainer(
      settings: settings, architecture: .resnet18, labels: ["up", "down"], start: nil,
      features: Self.features, teacher: Teacher([network]))
    let (taught, _) = try pupil.train(on: unlabelled, validation: [], in: folder.appending(path: "pupil"))
    let rows = try pupil.logits(taught, of: examples, precision: .float32)
    let right = zip(rows, examples).count { row, example in (row[1] > row[0] ? 1 : 0) == example.label }
    #expect(right >= 20)
  }

  @Test func theLossFallsAndBothEpochsAreKept() throws {
    var settings = settings
    settings.epochs = 8
    settings.augmentation = Augmentation()
    settings.weightAveraging = nil
    settings.precision = .float32
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
    var settings = settings
    (settings.epochs, settings.learningRate) = (5, 3e-4)
    settings.augmentation = Augmentation()
    settings.weightAveraging = nil
    settings.precision = .float32
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
    try expectTheSameWeights(of: trainer(settings, .resnet18, on: device), stoppedAt: 5)
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

  @Test func aLossThatIsNoNumberEndsTheRunWithAdvice() throws {
    var settings = settings
    settings.learningRate = 1e12
    settings.schedule = .constant
    settings.weightAveraging = nil
    #expect {
      try self.trainer(settings).train(on: self.examples(18), validation: [], in: self.folder.appending(path: "a"))
    } throws: {
      "\($0)".contains(/^the loss is (not a number \(NaN\)|infinite) from epoch \d, step \d on, .*--learning-rate/)
    }
  }

  @Test func aTrainingThatDivergesInItsLastStepIsNotWritten() throws {
    var settings = settings
    settings.epochs = 1
    settings.batchSize = 12
    settings.learningRate = 1e30
    settings.schedule = .constant
    settings.weightAveraging = nil
    settings.augmentation = Augmentation()
    let (trainer, examples) = (trainer(settings), try examples(18))
    let (training, others) = (Array(examples[..<12]), Array(examples[12...]))
    #expect {
      try trainer.train(on: training, validation: others, in: self.folder.appending(path: "a"))
    } throws: {
      "\($0)".contains(
        /^the validation loss is (not a number \(NaN\)|infinite) after epoch 1 at learning rate .*--learning-rate/)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "a/last.safetensors").path))
    // Without a validation side it shows when the network is asked.
    let (network, _) = try trainer.train(on: training, validation: [], in: folder.appending(path: "b"))
    #expect {
      try trainer.logits(network, of: others, precision: .float32)
    } throws: {
      "\($0)".contains("its training diverged; lower --learning-rate")
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

  @Test(arguments: LossFunction.allCases) func everyLossTrains(loss: LossFunction) throws {
    var settings = settings
    settings.loss = loss
    settings.augmentation = Augmentation()
    settings.weightAveraging = nil
    settings.precision = .float32
    settings.epochs = 6
    let (_, records) = try trainer(settings, .crnn).train(
      on: examples(24), validation: [], in: folder.appending(path: "a"))
    #expect(records.allSatisfy { $0.trainingLoss.isFinite && $0.trainingLoss >= 0 })
    #expect(try #require(records.last).trainingLoss < 0.9 * records[0].trainingLoss)
  }

  /// Whatever training does to its images, the test side is seen as it is stored, and the store is not touched.
  @Test func augmentationNeverReachesTheTestSide() throws {
    let examples = try examples(18)
    func stored() throws -> [Data] { try examples.map { try Data(contentsOf: $0.image.file) } }
    let before = try stored()
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    var settings = settings
    settings.augmentation.timeMask = 20
    settings.augmentation.frequencyMask = 10
    settings.augmentation.frequencyShift = 5
    settings.augmentation.vocalTract = 0.1
    settings.augmentation.tempo = 0.1
    settings.augmentation.gain = 0.5
    settings.epochs = 1
    let trainer = trainer(settings)
    let (network, _) = try trainer.train(
      on: Array(examples[..<12]), validation: Array(examples[12...]), in: folder.appending(path: "run"))
    #expect(try stored() == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == (files + ["run"]).sorted())

    let test = Array(examples[12...])
    let plain = Batches(
      examples: test, classCount: 2, features: Self.features, batchSize: test.count, isChannelsLast: false,
      training: nil)
    let batch = try plain.batch(0, of: plain.order(epoch: 5), epoch: 5)
    let images = try test.flatMap {
      try $0.image.image(melCount: Self.melCount, frameCount: Self.frameCount).values
    }
    #expect(batch.labels == test.map(\.label))
    #expect(try batch.images.floats() == images)
    let logits = try trainer.logits(network, of: test, precision: .float32)
    let expected = try network.logits(of: batch.images, batchSize: test.count).floats()
    #expect(zip(logits.joined(), expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// With one class for each image, the two hinge losses of the paper's text and of its Fig. 2 are the same function.
  @Test func theHingeLossesAgreeOnSingleLabels() throws {
    let logits = try Tensor.normal([6, 4])
    let labels = [0, 3, 1, 1, 2, 0]
    let rows = labels.flatMap { [$0, -1, -1, -1] }
    let single = try Loss.multiMargin(logits, Tensor(labels)).item()
    #expect(abs(try Loss.multiLabelMargin(logits, Tensor(rows).reshaped([6, 4])).item() - single) < 1e-6)
  }

  @Test func theCRNNLearnsAndPoolsItsFeatures() throws {
    var settings = settings
    settings.epochs = 6
    settings.augmentation = Augmentation()
    settings.weightAveraging = nil
    settings.precision = .float32
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

  @Test func balancedSamplingDrawsEachClassAsOften() throws {
    let rare = try examples(20).enumerated().filter { $0.offset % 2 == 0 || $0.offset < 4 }.map(\.element)
    var settings = settings
    settings.isClassBalanced = true
    let batches = Batches(
      examples: rare, classCount: 2, features: Self.features, batchSize: 4, isChannelsLast: false,
      training: settings)
    let labels = batches.order(epoch: 0).map { rare[$0].label }
    #expect(labels.count { $0 == 1 } == labels.count / 2)
    #expect(batches.order(epoch: 0) != batches.order(epoch: 1))
  }

  @Test func otherCorporaGetTheirShareOfEachClassThatTheyHave() throws {
    // Class 0: 100 of the first corpus and 300 of others; class 1, as RAVDESS's calm: 100 of the first alone.
    let image = try #require(examples(1).first).image
    let mixed = (0..<500).map { Example(image: image, label: $0 < 400 ? 0 : 1, isExtra: (100..<400).contains($0)) }
    func order(isClassBalanced: Bool, extraShare: Double?, of examples: [Example]) -> [Int] {
      var settings = self.settings
      (settings.isClassBalanced, settings.extraShare) = (isClassBalanced, extraShare)
      let batches = Batches(
        examples: examples, classCount: 2, features: Self.features, batchSize: 4, isChannelsLast: false,
        training: settings)
      // As many as 20 epochs have, so that shares are near to what is expected.
      return (0..<20).flatMap { batches.order(epoch: $0) }
    }
    // Standard errors are below 0.007.
    let balanced = order(isClassBalanced: true, extraShare: 0.25, of: mixed).map { mixed[$0] }
    #expect(balanced.count { $0.label == 1 } == balanced.count / 2)
    #expect(abs(Double(balanced.count(where: \.isExtra)) / Double(balanced.count) - 0.125) < 0.03)
    let unbalanced = order(isClassBalanced: false, extraShare: 0.25, of: mixed).map { mixed[$0] }
    #expect(abs(Double(unbalanced.count(where: \.isExtra)) / Double(unbalanced.count) - 0.25) < 0.03)
    let alike = order(isClassBalanced: true, extraShare: nil, of: mixed).map { mixed[$0] }
    #expect(abs(Double(alike.count(where: \.isExtra)) / Double(alike.count) - 0.375) < 0.03)

    // Without other corpora it makes no difference.
    let alone = (0..<30).map { Example(image: image, label: $0 % 2) }
    for isClassBalanced in [false, true] {
      #expect(
        order(isClassBalanced: isClassBalanced, extraShare: 0.25, of: alone)
          == order(isClassBalanced: isClassBalanced, extraShare: nil, of: alone))
    }
  }
}
