import Corpora
import Features
import Foundation

/// Distortions of training images; all are off by default, as the paper has none.
public struct Augmentation: Codable, Sendable, Hashable {
  /// The furthest that an image is rolled along time, in frames.
  public var timeShift = 0
  /// The furthest that an image is moved along mel, in bins: other voices, as far as a mel scale shows them. Bins that
  /// become free repeat the edge.
  public var frequencyShift = 0
  /// The largest relative change of a voice's frequencies, as another length of vocal tract makes it (VTLP, Jaitly and
  /// Hinton 2013).
  public var vocalTract = 0.0
  /// The largest relative change of the pace.
  public var tempo = 0.0
  /// The largest relative change of speed, pitch and pace together, at which copies of each recording are drawn as often as
  /// the recording itself (speed perturbation, Ko et al. 2015): by this much and by half of it, slower and faster.
  public var speed = 0.0
  /// The longest run of frames that is blanked (SpecAugment, Park 2019).
  public var timeMask = 0
  /// The widest band of mel bins that is blanked.
  public var frequencyMask = 0
  /// The largest relative change of an image's contrast.
  public var gain = 0.0
  /// The share of images that are drawn as a lossy coding (see `LossyCoding`) leaves the recording.
  public var lossyCoding = 0.0
  /// The parameter of mixup's beta distribution (Zhang 2018), at most 4; 0 leaves images unmixed.
  public var mixup = 0.0

  /// No distortion.
  public init() {}

  /// Reads distortions; those that are not named are off.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func put<Value: Decodable>(_ path: WritableKeyPath<Self, Value>, _ key: CodingKeys) throws {
      if let value = try values.decodeIfPresent(Value.self, forKey: key) { self[keyPath: path] = value }
    }
    try put(\.timeShift, .timeShift)
    try put(\.frequencyShift, .frequencyShift)
    try put(\.vocalTract, .vocalTract)
    try put(\.tempo, .tempo)
    try put(\.speed, .speed)
    try put(\.timeMask, .timeMask)
    try put(\.frequencyMask, .frequencyMask)
    try put(\.gain, .gain)
    try put(\.lossyCoding, .lossyCoding)
    try put(\.mixup, .mixup)
  }

  func validate(_ require: (Bool, String, String, Any) throws -> Void) throws {
    try require(timeShift >= 0, "time-shift", "0 or more frames", timeShift)
    try require(frequencyShift >= 0, "frequency-shift", "0 or more mel bins", frequencyShift)
    try require((0..<1).contains(vocalTract), "vocal-tract", "from 0 to below 1", vocalTract)
    try require((0..<1).contains(tempo), "tempo", "from 0 to below 1", tempo)
    try require((0..<1).contains(speed), "speed", "from 0 to below 1", speed)
    try require(timeMask >= 0, "time-mask", "0 or more frames", timeMask)
    try require(frequencyMask >= 0, "frequency-mask", "0 or more mel bins", frequencyMask)
    try require((0..<1).contains(gain), "gain", "from 0 to below 1", gain)
    try require((0...1).contains(lossyCoding), "lossy-coding", "from 0 to 1", lossyCoding)
    // Beyond it `beta` would refuse nearly every pair that it draws.
    try require((0...4).contains(mixup), "mixup", "from 0 to 4", mixup)
  }

  /// Distorts one image (channel, mel, time) in place; all channels alike.
  func apply(
    to image: UnsafeMutableBufferPointer<Float>, features: FeatureSettings, using generator: inout SeededGenerator
  ) {
    guard let start = image.baseAddress else { return }
    let (melCount, frameCount) = (features.melCount, features.frameCount)
    let rows = image.count / frameCount
    if vocalTract > 0 || tempo > 0 {
      Self.warp(
        image, features: features, vocalTract: 1 + vocalTract * (2 * generator.unit() - 1),
        tempo: 1 + tempo * (2 * generator.unit() - 1))
    }
    if timeShift > 0 {
      let shift = generator.below(2 * min(timeShift, frameCount - 1) + 1) - min(timeShift, frameCount - 1)
      roll(start, rows: rows, frameCount: frameCount, by: shift)
    }
    if frequencyShift > 0 {
      let furthest = min(frequencyShift, melCount - 1)
      let shift = generator.below(2 * furthest + 1) - furthest
      for channel in 0..<(rows / melCount) {
        move(start + channel * melCount * frameCount, melCount: melCount, frameCount: frameCount, by: shift)
      }
    }
    if timeMask > 0 {
      let length = generator.below(min(timeMask, frameCount) + 1)
      let first = generator.below(frameCount - length + 1)
      for row in 0..<rows { (start + row * frameCount + first).update(repeating: 0, count: length) }
    }
    if frequencyMask > 0 {
      let height = generator.below(min(frequencyMask, melCount) + 1)
      let first = generator.below(melCount - height + 1)
      for channel in 0..<(rows / melCount) {
        (start + (channel * melCount + first) * frameCount).update(repeating: 0, count: height * frameCount)
      }
    }
    if gain > 0 {
      let factor = Float(1 + gain * (2 * generator.unit() - 1))
      for index in image.indices { image[index] *= factor }
    }
  }

  private func move(_ start: UnsafeMutablePointer<Float>, melCount: Int, frameCount: Int, by shift: Int) {
    // Towards higher bins from above, towards lower ones from below, so that no row is overwritten before it is read.
    let mels = shift > 0 ? Array((0..<melCount).reversed()) : Array(0..<melCount)
    for mel in mels {
      let source = min(max(mel - shift, 0), melCount - 1)
      guard source != mel else { continue }
      (start + mel * frameCount).update(from: start + source * frameCount, count: frameCount)
    }
  }

  private func roll(_ start: UnsafeMutablePointer<Float>, rows: Int, frameCount: Int, by shift: Int) {
    let head = (shift % frameCount + frameCount) % frameCount
    guard head > 0 else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: frameCount) { spare in
      guard let spare = spare.baseAddress else { return }
      for row in 0..<rows {
        let line = start + row * frameCount
        (spare + head).initialize(from: line, count: frameCount - head)
        spare.initialize(from: line + frameCount - head, count: head)
        line.update(from: spare, count: frameCount)
      }
    }
  }

  /// The share of an image's own pixels when it is mixed with another, at least a half.
  func mixingShare(using generator: inout SeededGenerator) -> Double {
    let share = generator.beta(mixup)
    return max(share, 1 - share)
  }
}

extension SeededGenerator {
  /// A number from 0 to below 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number from the symmetric beta distribution (Jöhnk 1964); of shapes up to 4, where one pair in 70 is taken.
  mutating func beta(_ shape: Double) -> Double {
    for _ in 0..<10_000 {
      let x = pow(unit(), 1 / shape)
      let y = pow(unit(), 1 / shape)
      if x + y <= 1, x + y > 0 { return x / (x + y) }
    }
    return 0.5
  }
}
