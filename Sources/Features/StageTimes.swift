/// Where the time of making images goes, in seconds; times of several images add up.
public struct StageTimes: Sendable {
  /// Reading and decoding the file.
  public var decoding = 0.0
  /// Bringing the recording to the settings' number of samples, with mean 0 and standard deviation 1.
  public var fitting = 0.0
  /// Mel spectrograms, before the logarithm.
  public var spectrograms = 0.0
  /// MFCC and delta, resizing and logarithms.
  public var channels = 0.0
  /// Whitening.
  public var whitening = 0.0
  /// The input scale.
  public var scaling = 0.0

  /// No time at all.
  public init() {}

  /// Runs `body` and adds its time to a stage.
  mutating func measure<Result>(
    _ stage: WritableKeyPath<StageTimes, Double>, _ body: () throws -> Result
  ) rethrows -> Result {
    let start = ContinuousClock.now
    defer { self[keyPath: stage] += (ContinuousClock.now - start) / .seconds(1) }
    return try body()
  }
}
