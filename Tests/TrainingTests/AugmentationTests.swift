import Corpora
import Features
import Foundation
import Testing
import Torch

@testable import Training

@Suite struct AugmentationTests {
  let melCount = 8
  let frameCount = 16
  var features: FeatureSettings {
    var features = FeatureSettings()
    features.melCount = melCount
    features.frameCount = frameCount
    return features
  }
  /// (3, mel, time), every value unlike the others and none zero.
  var image: [Float] { (1...(3 * melCount * frameCount)).map(Float.init) }

  func apply(_ augmentation: Augmentation, seed: UInt64 = 1) -> [Float] {
    var values = image
    var generator = SeededGenerator(seed: seed)
    values.withUnsafeMutableBufferPointer {
      augmentation.apply(to: $0, features: features, using: &generator)
    }
    return values
  }

  @Test func offByDefault() { #expect(apply(Augmentation()) == image) }

  @Test func aShiftRollsAllRowsAlike() {
    var augmentation = Augmentation()
    augmentation.timeShift = 5
    var shifts: Set<Int> = []
    for seed in 0..<60 {
      let shifted = apply(augmentation, seed: UInt64(seed))
      let offset = (0..<frameCount).first { shifted[$0] == image[0] } ?? -1
      for row in 0..<(3 * melCount) {
        for frame in 0..<frameCount {
          #expect(shifted[row * frameCount + (frame + offset) % frameCount] == image[row * frameCount + frame])
        }
      }
      shifts.insert(offset > 8 ? offset - frameCount : offset)
    }
    #expect(shifts == Set(-5...5))
  }

  @Test func aMoveAlongMelRepeatsTheEdge() {
    var augmentation = Augmentation()
    augmentation.frequencyShift = 3
    var shifts: Set<Int> = []
    for seed in 0..<60 {
      let moved = apply(augmentation, seed: UInt64(seed))
      let isMoved = (-3...3).filter { shift in
        moved.indices.allSatisfy { index in
          let (frame, mel, channel) = (index % frameCount, index / frameCount % melCount, index / frameCount / melCount)
          let source = min(max(mel - shift, 0), melCount - 1)
          return moved[index] == image[(channel * melCount + source) * frameCount + frame]
        }
      }
      #expect(isMoved.count == 1)
      shifts.formUnion(isMoved)
    }
    #expect(shifts == Set(-3...3))
  }

  /// Made by `tools/golden_training.py` with `scipy.ndimage.map_coordinates`; tolerance 1e-4 of values around 1.
  @Test func aVoiceAndAPaceAreBentAsSciPyInterpolates() throws {
    struct Golden: Decodable {
      let melCount, frameCount, rate: Int
      let vocalTract, tempo: Double
      let image, warped: [Float]
    }
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let cases = try JSONDecoder().decode(
      [Golden].self, from: Data(contentsOf: folder.appending(path: "warping.json")))
    #expect(cases.count == 4)
    for golden in cases {
      var features = FeatureSettings()
      (features.melCount, features.frameCount, features.nominalRate) = (golden.melCount, golden.frameCount, golden.rate)
      var values = golden.image
      values.withUnsafeMutableBufferPointer {
        Augmentation.warp($0, features: features, vocalTract: golden.vocalTract, tempo: golden.tempo)
      }
      #expect(zip(values, golden.warped).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  @Test func voicesAndPacesDifferFromImageToImage() {
    var augmentation = Augmentation()
    augmentation.vocalTract = 0.2
    #expect(Set((0..<20).map { apply(augmentation, seed: $0) }).count == 20)
    augmentation = Augmentation()
    augmentation.tempo = 0.2
    #expect(Set((0..<20).map { apply(augmentation, seed: $0) }).count == 20)
  }

  @Test func settingsWithoutTheNewerDistortionsCanBeRead() throws {
    let read = try JSONDecoder().decode(Augmentation.self, from: Data(#"{"timeShift": 7, "mixup": 0.5}"#.utf8))
    var expected = Augmentation()
    (expected.timeShift, expected.mixup) = (7, 0.5)
    #expect(read == expected)
  }

  @Test func masksBlankOneRunInAllChannels() {
    var augmentation = Augmentation()
    augmentation.timeMask = 6
    augmentation.frequencyMask = 4
    let plain = image
    var sizes: (frames: Set<Int>, mels: Set<Int>) = ([], [])
    for seed in 0..<200 {
      let masked = apply(augmentation, seed: UInt64(seed))
      let isFrameBlank = (0..<frameCount).map { frame in
        (0..<(3 * melCount)).allSatisfy { masked[$0 * frameCount + frame] == 0 }
      }
      let isMelBlank = (0..<melCount).map { mel in
        (0..<3).allSatisfy { channel in
          (0..<frameCount).allSatisfy { masked[(channel * melCount + mel) * frameCount + $0] == 0 }
        }
      }
      sizes.frames.insert(isFrameBlank.count { $0 })
      sizes.mels.insert(isMelBlank.count { $0 })
      for blank in [isFrameBlank, isMelBlank] {
        // One run: the blank ones lie side by side.
        let indices = blank.indices.filter { blank[$0] }
        #expect((indices.last ?? -1) - (indices.first ?? 0) + 1 == indices.count)
      }
      // Nothing else is altered.
      let kept = masked.indices.filter { !isFrameBlank[$0 % frameCount] && !isMelBlank[$0 / frameCount % melCount] }
      #expect(kept.allSatisfy { masked[$0] == plain[$0] })
    }
    #expect(sizes.frames == Set(0...6) && sizes.mels == Set(0...4))
  }

  @Test func gainScalesTheWholeImage() {
    var augmentation = Augmentation()
    augmentation.gain = 0.3
    var factors: Set<Float> = []
    for seed in 0..<20 {
      let scaled = apply(augmentation, seed: UInt64(seed))
      let factor = scaled[0] / image[0]
      #expect((0.7...1.3).contains(factor))
      #expect(zip(scaled, image).allSatisfy { abs($0 - $1 * factor) <= 1e-3 * abs($1) })
      factors.insert(factor)
    }
    #expect(factors.count == 20 && factors.contains { $0 < 0.9 } && factors.contains { $0 > 1.1 })
  }

  /// The larger of x and 1 - x under Beta(a, a) has the mean 1/2 + 2 a^(2a) / (B(a, a) (2a)^(2a + 1)), its mean absolute
  /// deviation in closed form; 4 is the largest shape that settings may have.
  @Test(arguments: [(0.4, 0.8398), (4.0, 0.6367)])
  func mixingSharesAreBetaDistributed(shape: Double, mean: Double) {
    var augmentation = Augmentation()
    augmentation.mixup = shape
    var generator = SeededGenerator(seed: 3)
    let shares = (0..<4000).map { _ in augmentation.mixingShare(using: &generator) }
    #expect(shares.allSatisfy { (0.5...1).contains($0) })
    #expect(abs(shares.reduce(0, +) / 4000 - mean) < 0.01)
    // Never the one value that stands for a failed draw.
    #expect(Set(shares).count > 3900)
  }

  /// Images are of one value each, which their class decides, so that targets say what mixed pixels must be.
  @Test func mixedImagesAndTargetsAreMixedAlike() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let values: [Float] = [1, 2, 4]
    let size = image.count
    let examples = try (0..<12).map { number in
      let image = StoredImage(file: folder.appending(path: "\(number)"), size: size)
      try image.write(
        SpectrogramImage(
          values: Array(repeating: values[number % 3], count: size), melCount: melCount, frameCount: frameCount))
      return Example(image: image, label: number % 3)
    }
    var settings = TrainingSettings()
    settings.augmentation.mixup = 1
    settings.seed = 5
    let batches = Batches(
      examples: examples, classCount: 3, features: features, batchSize: 12, isChannelsLast: false,
      training: settings)
    var mixedRows = 0
    for epoch in 0..<5 {
      let batch = try batches.batch(0, of: batches.order(epoch: epoch), epoch: epoch)
      #expect(batch.targets.shape == [12, 3])
      let (pixels, targets) = (try batch.images.floats(), try batch.targets.floats())
      for (row, label) in batch.labels.enumerated() {
        let shares = targets[(row * 3)..<((row + 1) * 3)]
        #expect(abs(shares.reduce(0, +) - 1) < 1e-6 && shares[row * 3 + label] >= 0.5)
        if shares[row * 3 + label] < 0.999 { mixedRows += 1 }
        let expected: Float = zip(shares, values).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(pixels[(row * size)..<((row + 1) * size)].allSatisfy { abs($0 - expected) < 1e-5 })
      }
    }
    // Most of 60 images have a partner of another class.
    #expect(mixedRows > 20)
  }

  @Test func impossibleValuesAreRefusedByName() {
    var settings = TrainingSettings()
    settings.augmentation.gain = 1.5
    #expect { try settings.validate() } throws: { "\($0)".contains("gain must be from 0 to below 1, but is 1.5") }
    settings = TrainingSettings()
    settings.loss = .multiMargin
    settings.augmentation.mixup = 0.2
    #expect { try settings.validate() } throws: { "\($0)".contains("mixup") }
    settings = TrainingSettings()
    settings.augmentation.mixup = 4.5
    #expect { try settings.validate() } throws: { "\($0)".contains("--mixup must be from 0 to 4, but is 4.5") }
    settings.augmentation.mixup = 4
    #expect(throws: Never.self) { try settings.validate() }
  }
}
