import Audio
import Foundation

/// A recording brought to the settings' number of samples, mean 0 and standard deviation 1.
struct Signal {
  let samples: [Double]

  /// - throws: `AudioError` that names the recording when it is empty, silent or holds what is no number.
  init(_ waveform: Waveform, name: String, settings: FeatureSettings) throws {
    guard !waveform.samples.isEmpty else { throw AudioError.noSamples(name) }
    guard waveform.samples.allSatisfy(\.isFinite) else { throw AudioError.notFinite(name) }
    let fitted =
      switch settings.fit {
      case .resample:
        try FourierResampling.resample(waveform.samples, to: settings.sampleCount)
      case .pad:
        Self.centred(try waveform.resampled(to: settings.padRate).samples.map(Double.init), settings.sampleCount)
      }
    samples = try Self.standardized(fitted, name: name)
  }

  /// Zeros added, or samples dropped, evenly at both ends; of an odd number, one more at the end.
  static func centred(_ samples: [Double], _ count: Int) -> [Double] {
    if samples.count >= count {
      let start = (samples.count - count) / 2
      return Array(samples[start..<start + count])
    }
    let before = (count - samples.count) / 2
    return [Double](repeating: 0, count: before) + samples
      + [Double](repeating: 0, count: count - samples.count - before)
  }

  private static func standardized(_ samples: [Double], name: String) throws -> [Double] {
    let mean = samples.reduce(0, +) / Double(samples.count)
    let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(samples.count)
    let deviation = variance.squareRoot()
    guard deviation >= Waveform.silenceLevel else { throw AudioError.silent(name) }
    return samples.map { ($0 - mean) / deviation }
  }
}
