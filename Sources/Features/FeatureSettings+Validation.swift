import Storage

/// Settings that cannot be, or a step that failed; the message says what to do.
public struct FeatureError: DescribedError, Equatable {
  /// The flag at fault, such as `--fft-size`; nil where no flag is.
  public let flag: String?
  /// What is wrong and what is expected.
  public let reason: String

  /// Makes an error about a flag, named without its dashes, or about none.
  public init(flag: String? = nil, _ reason: String) {
    self.flag = flag.map { "--\($0)" }
    self.reason = reason
  }

  /// The flag, what was expected and what was found.
  public var description: String { [flag, reason].compactMap(\.self).joined(separator: ": ") }
}

extension FeatureSettings {
  /// Checks that an image can be made with these settings.
  ///
  /// - throws: `FeatureError` that names the first flag at fault.
  public func validate() throws {
    func require(_ holds: Bool, _ flag: String, _ expected: String, _ found: Any) throws {
      guard holds else { throw FeatureError(flag: flag, "expected \(expected), found \(found)") }
    }
    try require((1_000...10_000_000).contains(sampleCount), "sample-count", "1,000 to 10,000,000 samples", sampleCount)
    let rates = 1_000...1_000_000
    try require(rates.contains(padRate), "pad-rate", "1,000 to 1,000,000 Hz", padRate)
    try require(rates.contains(nominalRate), "nominal-rate", "1,000 to 1,000,000 Hz", nominalRate)

    let isPowerOfTwo = fftSize > 0 && fftSize & (fftSize - 1) == 0
    try require(
      isPowerOfTwo && (512...65_536).contains(fftSize), "fft-size", "a power of two from 512 to 65,536", fftSize)
    try require(
      fftSize / 2 < sampleCount, "fft-size", "less than twice the \(sampleCount) samples of a recording", fftSize)
    try require(windows.count == 3, "windows", "three lengths", windows)
    try require(hops.count == 3, "hops", "three steps, one for each window", hops)
    let (windowFlag, hopFlag) = windowHopOrder == .standard ? ("windows", "hops") : ("hops", "windows")
    for (window, hop) in zip(windows, hops).map({ windowHopOrder == .standard ? ($0, $1) : ($1, $0) }) {
      try require((2...fftSize).contains(window), windowFlag, "windows of 2 to \(fftSize) samples (--fft-size)", window)
      try require((1...sampleCount).contains(hop), hopFlag, "hops of 1 to \(sampleCount) samples", hop)
    }
    try require((2...fftSize / 4).contains(melCount), "mel-count", "2 to \(fftSize / 4) mel bins", melCount)
    try require((2...8_192).contains(frameCount), "frame-count", "2 to 8,192 frames", frameCount)
    try require(logFloor > 0 && logFloor.isFinite, "log-floor", "a number above 0", logFloor)
    try require(zcaEpsilon >= 0 && zcaEpsilon.isFinite, "zca-epsilon", "0 or more", zcaEpsilon)
    try require(
      zcaEpsilonIsAbsolute || zcaEpsilon <= 1, "zca-epsilon", "at most 1, a share of the largest eigenvalue", zcaEpsilon
    )

    try require(
      minimumDuration >= 0 && minimumDuration.isFinite, "minimum-duration", "a finite number of seconds, 0 or more",
      minimumDuration)
    try require(
      maximumDuration >= minimumDuration && maximumDuration.isFinite, "maximum-duration",
      "a finite number of seconds, at least the minimum of \(minimumDuration)", maximumDuration)
  }
}
