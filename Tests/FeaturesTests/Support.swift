import Audio
import Foundation
import Torch

@testable import Features

/// The values that tools/golden_features.py wrote: every result at even steps, then its sum and its sum of squares.
struct Golden {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  let tensors: [String: StoredTensor]
  let speech: Waveform

  init() throws {
    tensors = try WeightFile(path: Self.folder.appending(path: "features.safetensors").path).tensors
    speech = try AudioFile.read(Self.folder.appending(path: "speech.flac").path)
  }

  func values(_ name: String) throws -> [Double] {
    guard let tensor = tensors[name] else { throw CocoaError(.fileReadCorruptFile) }
    return try tensor.loaded().doubles()
  }

  /// What the file holds of a result with these values.
  static func sample(_ values: [Double], count: Int = 300) -> [Double] {
    stride(from: 0, to: values.count, by: max(1, values.count / count)).map { values[$0] }
      + [values.reduce(0, +), values.reduce(0) { $0 + $1 * $1 }]
  }
}

/// The six waveforms, as tools/golden_features.py makes them.
enum Wave: String, CaseIterable {
  case tone, chirp, noise, click, speech, quiet

  func waveform(_ golden: Golden) -> Waveform {
    func at(_ rate: Int, _ values: [Double]) -> Waveform {
      Waveform(samples: values.map { Float($0) }, sampleRate: rate)
    }
    switch self {
    case .tone:
      return at(16_000, (0..<32_007).map { 0.5 * sin(2 * .pi * 440 * Double($0) / 16_000) })
    case .chirp:
      return at(
        48_000,
        (0..<118_213).map { index in
          let time = Double(index) / 48_000
          return 0.5 * sin(2 * .pi * (50 * time + 1_400 * (time * time)))
        })
    case .noise: return at(48_000, Self.noise(120_002))
    case .click: return at(16_000, (0..<30_000).map { $0 == 9_999 ? 0.9 : 0 })
    case .speech: return golden.speech
    // One or two steps of 16 bits.
    case .quiet: return at(32_000, Self.noise(100_000).map { ($0 * 3).rounded(.toNearestOrEven) / 32_768 })
    }
  }

  /// White noise of amplitude 0.5, the same every time.
  static func noise(_ count: Int, seed: UInt32 = 1) -> [Double] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(Int32(bitPattern: state) >> 16) / 65_536
    }
  }
}

extension FeatureSettings {
  /// The default settings with a change.
  init(_ change: (inout FeatureSettings) -> Void) {
    self.init()
    change(&self)
  }
}

/// The largest absolute difference; infinite for lists of different lengths and for what is no number.
func distance(_ first: some Collection<Double>, _ second: some Collection<Double>) -> Double {
  guard first.count == second.count else { return .infinity }
  return zip(first, second).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}

/// The largest difference relative to the second list's value there, but at least to `least`.
func relativeDistance(_ first: some Collection<Double>, _ second: some Collection<Double>, least: Double) -> Double {
  let scaled = zip(first, second).map { $0 / max(abs($1), least) }
  return distance(scaled, zip(second, second).map { $0 / max(abs($1), least) })
}

/// A new folder for one test, removed when the test is over.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "emotive-features-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}
