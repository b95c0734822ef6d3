import Features
import Foundation

/// Everything that decides what timeline a recording gets from a bundle.
public struct TimelineSettings: Codable, Sendable, Hashable {
  /// The length in seconds of the windows that the networks see.
  public var window = 3.0
  /// The seconds from one window to the next; each window speaks for this much of the recording, around its middle.
  public var hop = 0.5
  /// The level in dB below which sound counts as silence and is not classified.
  ///
  /// The level is the standard deviation of the samples; 0 dB is that of a square wave of full scale, a full sine has
  /// -3 dB. It is absolute, and not relative to the recording's loudest part, because a stream has no loudest part yet.
  /// The quietest speech in RAVDESS has -58 dB, its pauses -80 dB and less.
  public var silence = -60.0
  /// Probabilities are means over the windows whose middles are within half of this many seconds; 0 leaves them as
  /// they are.
  public var smoothing = 2.0
  /// The shortest segment, and the shortest silence between segments, in seconds; what is shorter joins the segment before
  /// or, where there is none, the one behind. A stretch between two silences stays, however short it is.
  public var minimumSegment = 1.0
  /// Whether the networks go over the recording once, in stretches of some seconds, and a window's answer comes from its part
  /// of their last maps (dense evaluation: Sermanet et al. 2014, Simonyan & Zisserman 2015), several times as fast as
  /// going over every window. A window then knows what is around it, and its answer is another one than for the
  /// window alone. For recordings, and bundles with padded images without whitening.
  public var dense = false

  /// The default settings.
  public init() {}

  /// Checks that a bundle can make a timeline with these settings.
  ///
  /// - throws: `TimelineError` that names the first flag at fault.
  public func validate(for bundle: BundleManifest) throws {
    let features = bundle.features
    func require(_ holds: Bool, _ flag: String, _ expected: String, _ found: Double) throws {
      guard holds else { throw TimelineError("--\(flag): expected \(expected), found \(found.formatted)") }
    }
    let shortest = max(features.minimumDuration, 0.05)
    let longest = features.longestWindow
    try require(
      window >= shortest && window <= longest, "window",
      "\(shortest.formatted) to \(longest.formatted) s, which is what the bundle's networks see at once", window)
    try require(hop >= 0.01 && hop <= window, "hop", "0.01 s to the window's length of \(window.formatted) s", hop)
    try require((-120...0).contains(silence), "silence", "a level of -120 to 0 dB", silence)
    try require((0...60).contains(smoothing), "smoothing", "0 to 60 s", smoothing)
    try require((0...3_600).contains(minimumSegment), "minimum-segment", "0 to 3,600 s", minimumSegment)
    guard dense else { return }
    guard features.fit == .pad, features.whitening == .none else {
      throw TimelineError(
        "--dense: expected a bundle whose images are padded and not whitened, found fit \(features.fit.rawValue) and "
          + "whitening \(features.whitening.rawValue), by which an image depends on all of its sound; leave --dense out"
      )
    }
    if let member = bundle.members.first(where: { !$0.network.allowsDenseEvaluation }) {
      throw TimelineError(
        "--dense: expected networks that are convolutional, found \(member.network.title), which is recurrent; leave --dense "
          + "out")
    }
  }
}

extension FeatureSettings {
  /// The longest window in seconds of which nothing would be cropped or refused.
  var longestWindow: Double {
    fit == .pad ? min(maximumDuration, Double(sampleCount) / Double(padRate)) : min(maximumDuration, 60)
  }
}

/// A timeline that cannot be made; the message says what to do.
public struct TimelineError: Error, LocalizedError, CustomStringConvertible {
  /// What was wrong, what was expected and found.
  public let description: String

  /// The message, for Foundation.
  public var errorDescription: String? { description }

  init(_ description: String) { self.description = description }
}

extension Double {
  /// Without the decimals that are zero.
  var formatted: String { String(format: "%g", self) }
}
