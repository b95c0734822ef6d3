import Corpora
import Features
import Foundation
import Testing

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
    for seed in 0..<40 {
      let masked = apply(augmentation, seed: UInt64(seed))
      let isFrameBlank = (0..<frameCount).map { frame in
        (0..<(3 * melCount)).allSatisfy { masked[$0 * frameCount + frame] == 0 }
      }
      let isMelBlank = (0..<melCount).map { mel in
        (0..<3).allSatisfy { channel in
          (0..<frameCount).allSatisfy { masked[(channel * melCount + mel) * frameCount + $0] == 0 }
        }
      }
      for (blank, longest) in [(isFrameBlank, 6), (isMelBlank, 4)] {
        #expect(blank.count { $0 } <= longest)
        // One run: the number of changes is at most two.
        #expect(zip(blank, blank.dropFirst()).count { $0 != $1 } <= 2)
      }
      for index in masked.indices where masked[index] == 0 {
        #expect(isFrameBlank[index % frameCount] || isMelBlank[index / frameCount % melCount])
      }
    }
  }

  @Test func gainScalesTheWholeImage() {
    var augmentation = Augmentation()
    augmentation.gain = 0.3
    for seed in 0..<20 {
      let scaled = apply(augmentation, seed: UInt64(seed))
      let factor = scaled[0] / image[0]
      #expect((0.7...1.3).contains(factor))
      #expect(zip(scaled, image).allSatisfy { abs($0 - $1 * factor) <= 1e-3 * abs($1) })
    }
  }

  @Test func mixingSharesAreBetaDistributed() {
    var augmentation = Augmentation()
    augmentation.mixup = 0.4
    var generator = SeededGenerator(seed: 3)
    let shares = (0..<4000).map { _ in augmentation.mixingShare(using: &generator) }
    #expect(shares.allSatisfy { (0.5...1).contains($0) })
    // The larger of x and 1 - x under Beta(0.4, 0.4) has the mean 0.8398 (SciPy, numerical integration).
    #expect(abs(shares.reduce(0, +) / 4000 - 0.8398) < 0.01)
  }

  @Test func impossibleValuesAreRefusedByName() {
    var settings = TrainingSettings()
    settings.augmentation.gain = 1.5
    #expect { try settings.validate() } throws: { "\($0)".contains("gain must be from 0 to below 1, but is 1.5") }
    settings = TrainingSettings()
    settings.loss = .multiMargin
    settings.augmentation.mixup = 0.2
    #expect { try settings.validate() } throws: { "\($0)".contains("mixup") }
  }
}
