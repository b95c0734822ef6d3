import Foundation
import Networks
import Testing
import Torch

@testable import Training

// Which images make the batches, and how they are drawn.

extension TrainerTests {
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
