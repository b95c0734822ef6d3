/// A mono recording: `samples` (time), nominally in [-1, 1], at `sampleRate` samples a second.
public struct Waveform: Sendable, Equatable {
  /// The samples (time); decoded integers lie in [-1, 1], float files and lossy codecs may go slightly beyond.
  public var samples: [Float]
  /// Samples a second.
  public var sampleRate: Int

  /// The length in seconds.
  public var duration: Double { Double(samples.count) / Double(sampleRate) }

  /// Makes a waveform of `samples` (time) at `sampleRate` samples a second.
  public init(samples: [Float], sampleRate: Int) {
    self.samples = samples
    self.sampleRate = sampleRate
  }
}
