import Evaluation
import Features
import Storage

/// Everything that decides what timeline a recording gets from a bundle.
public struct TimelineSettings: Codable, Sendable, Hashable {
  /// The length in seconds of the windows that are classified.
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
  /// they are. Dense windows, which know what is around them, need half as much as others.
  public var smoothing: Double
  /// The shortest segment, and the shortest silence between segments, in seconds; what is shorter joins the segment before
  /// or, where there is none, the one behind. A stretch between two silences stays, however short it is.
  public var minimumSegment = 1.0
  /// Whether the networks go over the recording in stretches of some 12 seconds, and a window's answer comes from its part of
  /// their last maps (dense evaluation: Sermanet et al. 2014, Simonyan & Zisserman 2015), instead of going over every window:
  /// several times as fast for long recordings. A window then knows what is around it, so that its answer is another one than
  /// for the window alone, and its place counts in whole columns of the maps (of 0.39 s with the bundle that ships). Digital
  /// silence is not classified, whatever the level of silence. For recordings, not for live sound, and bundles with padded
  /// images without whitening and networks without recurrent layers.
  public var dense: Bool

  /// From this many seconds on recordings have dense timelines by default, where their bundle allows it.
  public static let denseFrom = 60.0

  /// The default settings.
  ///
  /// - Parameter dense: whether the networks go over the recording once, see ``dense``.
  public init(dense: Bool = false) {
    self.dense = dense
    smoothing = dense ? 1 : 2
  }

  /// The default settings for a recording: dense ones from ``denseFrom`` on, where the bundle allows it.
  ///
  /// - Parameters:
  ///   - bundle: what is to make the timeline.
  ///   - duration: the recording's length in seconds; nil where it is not known, as of sound that still comes.
  public init(for bundle: BundleManifest, duration: Double?) {
    self.init(dense: duration.map { $0 >= Self.denseFrom } == true && bundle.obstacleToDense == nil)
  }

  /// Reads settings; those of timelines from before `dense` lack it, and are not.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    window = try container.decode(Double.self, forKey: .window)
    hop = try container.decode(Double.self, forKey: .hop)
    silence = try container.decode(Double.self, forKey: .silence)
    smoothing = try container.decode(Double.self, forKey: .smoothing)
    minimumSegment = try container.decode(Double.self, forKey: .minimumSegment)
    dense = try container.decodeIfPresent(Bool.self, forKey: .dense) ?? false
  }

  /// Checks that a bundle can make a timeline with these settings.
  ///
  /// - throws: `TimelineError` that names the first flag at fault.
  public func validate(for bundle: BundleManifest) throws {
    let features = bundle.features
    func require(_ holds: Bool, _ flag: String, _ expected: String, _ found: Double) throws {
      guard holds else { throw TimelineError("--\(flag): expected \(expected), found \(plain(found))") }
    }
    let shortest = max(features.minimumDuration, 0.05)
    let longest = features.longestWindow
    try require(
      window >= shortest && window <= longest, "window",
      "\(plain(shortest)) to \(plain(longest)) s, which is what the bundle's networks see at once", window)
    try require(hop >= 0.01 && hop <= window, "hop", "0.01 s to the window's length of \(plain(window)) s", hop)
    try require((-120...0).contains(silence), "silence", "a level of -120 to 0 dB", silence)
    try require((0...60).contains(smoothing), "smoothing", "0 to 60 s", smoothing)
    try require((0...3_600).contains(minimumSegment), "minimum-segment", "0 to 3,600 s", minimumSegment)
    if dense, let obstacle = bundle.obstacleToDense {
      throw TimelineError(
        "--dense: expected a bundle with \(BundleManifest.denseNeeds), found \(obstacle); leave --dense out")
    }
  }
}

extension BundleManifest {
  /// What `TimelineSettings.dense` needs of a bundle.
  package static let denseNeeds = "padded images without whitening and networks without recurrent layers"

  /// What of a bundle does not allow `TimelineSettings.dense`; nil where it does.
  package var obstacleToDense: String? {
    // Such images depend on all of their sound.
    if features.fit != .pad { return "images of fit \(features.fit.rawValue)" }
    if features.whitening != .none { return "whitening \(features.whitening.rawValue)" }
    return members.first { !$0.network.allowsDenseEvaluation }.map { "the recurrent \($0.network.title)" }
  }
}

extension FeatureSettings {
  /// The longest window in seconds of which nothing would be cropped or refused.
  var longestWindow: Double {
    fit == .pad ? min(maximumDuration, Double(sampleCount) / Double(padRate)) : min(maximumDuration, 60)
  }
}

/// A timeline that cannot be made; the message says what to do.
public struct TimelineError: DescribedError {
  /// What was wrong, what was expected and found.
  public let description: String

  init(_ description: String) { self.description = description }
}
