import ArgumentParser
import Audio
import Recognition

/// Settings of a timeline; what is not given has its default.
struct TimelineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The length of the windows that are classified; 3 by default.", valueName: "SECONDS"))
  var window: Double?
  @Option(help: ArgumentHelp("The time from one window to the next; 0.5 by default.", valueName: "SECONDS"))
  var hop: Double?
  @Option(
    parsing: .unconditional,  // negative numbers look like options
    help: ArgumentHelp(
      "The level below which sound is silence, where 0 dB is full scale; -60 by default.", valueName: "DB"))
  var silence: Double?
  @Option(
    help: ArgumentHelp(
      "Probabilities are means over this much time; 2 by default, 1 for dense timelines; 0: none.", valueName: "SECONDS"
    ))
  var smoothing: Double?
  @Option(
    help: ArgumentHelp(
      "The shortest segment; a shorter one joins the segment before it or, after silence, the one after it, and stays as "
        + "it is between silences. 1 by default.", valueName: "SECONDS"))
  var minimumSegment: Double?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Go over the recording in stretches of some 12 s, instead of over each window: several times as fast. A window's answer then "
        + "also rests on what is around it. By default for recordings of a minute and more, with bundles that allow it."
    ))
  var dense: Bool?

  /// Whether no number is given.
  var isEmpty: Bool { [window, hop, silence, smoothing, minimumSegment].allSatisfy { $0 == nil } }

  /// - Parameters:
  ///   - bundle: what is to make the timeline.
  ///   - duration: the recording's length in seconds; nil where it is not known.
  func settings(for bundle: BundleManifest, duration: Double?) -> TimelineSettings {
    var settings =
      dense.map(TimelineSettings.init(dense:)) ?? TimelineSettings(for: bundle, duration: duration)
    settings.window = window ?? settings.window
    settings.hop = hop ?? settings.hop
    settings.silence = silence ?? settings.silence
    settings.smoothing = smoothing ?? settings.smoothing
    settings.minimumSegment = minimumSegment ?? settings.minimumSegment
    return settings
  }
}

/// What standard input holds where it has no header.
struct RawOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Standard input is raw PCM with this many frames per second.", valueName: "HZ"))
  var rate: Int?
  @Option(help: ArgumentHelp("The number of channels of raw PCM; 1 by default.", valueName: "N")) var channels: Int?
  @Option(
    help: ArgumentHelp(
      "How samples of raw PCM are stored: \(PCMEncoding.allCases.map(\.rawValue).joined(separator: ", ")); s16le by default.",
      valueName: "FORMAT"))
  var format: PCMEncoding?

  func validate() throws {
    if rate == nil, channels != nil || format != nil {
      throw ValidationError(
        "raw PCM has no header: give its --rate too, as in --rate 16000 --channels 1 --format s16le")
    }
    if let rate, !(1_000...1_000_000).contains(rate) {
      throw ValidationError("--rate must be 1,000 to 1,000,000 Hz, but is \(rate)")
    }
    if let channels, !(1...1_024).contains(channels) {
      throw ValidationError("--channels must be 1 to 1,024, but is \(channels)")
    }
  }

  /// nil where standard input has a header of its own.
  var pcmFormat: PCMFormat? {
    rate.map { PCMFormat(sampleRate: $0, channels: channels ?? 1, encoding: format ?? .s16le) }
  }
}

extension PCMEncoding: ExpressibleByArgument {}
