/// How the emotion goes through a recording: windows one after the other, and the segments that they add up to.
///
///     let timeline = try recognizer.timeline(file: "interview.flac")
///     for segment in timeline.segments { print(segment.start, segment.end, segment.label) }
public struct Timeline: Codable, Sendable, Equatable {
  /// A stretch of sound that was classified.
  public struct Window: Codable, Sendable, Equatable {
    /// Where it begins, in seconds from the recording's beginning.
    public let start: Double
    /// Where it ends, in seconds.
    public let end: Double
    /// The level in dB of the part that the window speaks for, see ``TimelineSettings/silence``; at least -120.
    public let level: Double
    /// The most probable class; nil where the part that the window speaks for is silent.
    public let label: String?
    /// Smoothed probabilities in the order of the labels; nil where it is silent.
    public let probabilities: [Double]?

    /// Whether the part that the window speaks for is silent.
    public var isSilent: Bool { probabilities == nil }

    /// A window; a silent one has neither label nor probabilities.
    public init(start: Double, end: Double, level: Double, label: String?, probabilities: [Double]?) {
      self.start = start
      self.end = end
      self.level = level
      self.label = label
      self.probabilities = probabilities
    }
  }

  /// A stretch of one emotion; between segments there is silence, or nothing.
  public struct Segment: Codable, Sendable, Equatable {
    /// Where it begins, in seconds.
    public let start: Double
    /// Where it ends, in seconds.
    public let end: Double
    /// Its class.
    public let label: String
    /// The class's mean probability over the segment.
    public let probability: Double

    /// A segment from `start` to `end`, in seconds.
    public init(start: Double, end: Double, label: String, probability: Double) {
      self.start = start
      self.end = end
      self.label = label
      self.probability = probability
    }
  }

  /// A recording as a whole, by its segments.
  public struct Summary: Codable, Sendable, Equatable {
    /// The class that most of the sound has; nil where all is silent.
    public let label: String?
    /// The share of the sound that each class has, 0 to 1; classes without a segment are not there.
    public let shares: [String: Double]
    /// The length of all segments together, in seconds.
    public let seconds: Double

    /// - Parameter seconds: the length of each class's segments.
    init(_ seconds: [String: Double]) {
      let whole = seconds.values.reduce(0, +)
      self.seconds = whole
      shares = seconds.mapValues { $0 / whole }
      label = seconds.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }
  }

  /// What a ``TimelineStream`` finds, in the order of time.
  public enum Event: Sendable, Equatable {
    /// The next window.
    case window(Window)
    /// The next segment; all of its windows came before.
    case segment(Segment)
  }

  /// The name of the bundle.
  public let bundle: String
  /// The classes, in the order of the probabilities.
  public let labels: [String]
  /// What decided the timeline beside the bundle.
  public let settings: TimelineSettings
  /// The recording's length in seconds.
  public let duration: Double
  /// The windows in the order of time.
  public let windows: [Window]
  /// The segments in the order of time.
  public let segments: [Segment]

  /// The recording as a whole.
  public var summary: Summary {
    Summary(segments.reduce(into: [:]) { $0[$1.label, default: 0] += $1.end - $1.start })
  }
}
