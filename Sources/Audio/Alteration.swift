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
    case .coding(let coding): try coded(by: coding)
    case .speed(let speed):
      // Fewer samples of the same rate are over sooner.
      Waveform(
        samples: try resampled(to: Int((Double(sampleRate) / speed).rounded())).samples, sampleRate: sampleRate)
    }
  }
}
