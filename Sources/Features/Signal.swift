import Audio
import CFeatures

/// A recording brought to the settings' number of samples, mean 0 and standard deviation 1, and made longer at both
/// ends for the frames that reach beyond it.
struct Signal {
  /// The samples with half a frame of reflected ones before and after, and zeros after those as far as frames are read.
  let extended: [Double]
  /// The number of samples without those.
  let count: Int

  /// - throws: `AudioError` that names the recording when it is empty, silent or holds what is no number.
  init(_ waveform: Waveform, name: String, settings: FeatureSettings, resampler: FourierResampler) throws {
    guard !waveform.samples.isEmpty else { throw AudioError.noSamples(name) }
    let fitted =
      switch settings.fit {
      case .resample:
        try resampler.resample(waveform.samples)
      case .pad:
        Self.centred(try waveform.resampled(to: settings.padRate).samples.map { Double($0) }, settings.sampleCount)
      }
    var (mean, deviation) = (0.0, 0.0)
    cf_moments(fitted, fitted.count, &mean, &deviation)
    // One sample that is no number has made all sums so.
    guard deviation.isFinite else { throw AudioError.notFinite(name) }
    guard deviation >= Waveform.silenceLevel else { throw AudioError.silent(name) }

    let margin = settings.fftSize / 2
    extended = [Double](unsafeUninitializedCapacity: fitted.count + 6 * margin) { extended, capacity in
      let start = extended.baseAddress.map { $0 + margin }
      cf_scale(fitted, fitted.count, mean, 1 / deviation, start)
      let end = margin + fitted.count
      for offset in 1...margin {
        extended.initializeElement(at: margin - offset, to: extended[margin + offset])
        extended.initializeElement(at: end - 1 + offset, to: extended[end - 1 - offset])
      }
      extended[(end + margin)...].initialize(repeating: 0)
      capacity = extended.count
    }
    count = fitted.count
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
}
