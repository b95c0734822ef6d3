/// A way of making another recording of a recording, which tells the same emotion.
public enum Alteration: Sendable, Hashable {
  /// What a lossy coding leaves of it.
  case coding(LossyCoding)
  /// The recording played so many times as fast, pitch and pace together (speed perturbation, Ko et al. 2015).
  case speed(Double)
}

extension Waveform {
  /// The waveform after an alteration.
  ///
  /// - throws: `AudioError` where libsndfile cannot write a coding's format, or a speed is out of soxr's range.
  public func altered(by alteration: Alteration) throws -> Waveform {
    switch alteration {
    case .coding(let coding):
      return try coded(by: coding)
    case .speed(let speed):
      // Fewer samples of the same rate are over sooner.
      let rate = (Double(sampleRate) / speed).rounded()
      guard (1...1_000_000).contains(rate) else {
        throw AudioError.resampling(
          from: sampleRate, to: Int(exactly: rate) ?? 0, reason: "a speed of \(speed) asks for \(rate) Hz")
      }
      return Waveform(samples: try resampled(to: Int(rate)).samples, sampleRate: sampleRate)
    }
  }
}
