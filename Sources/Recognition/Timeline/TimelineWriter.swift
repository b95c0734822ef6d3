import Corpora
import Evaluation
import Foundation
import Storage

/// The forms that a timeline is written in.
public enum TimelineForm: String, CaseIterable, Sendable {
  /// The segments as a table for people.
  case table
  /// One object: what ``Timeline`` encodes to, with `file`, `summary` and `complete`.
  case json
  /// The windows: start, end, level, label and the probability of each class; nothing in the last where it is silent.
  case csv
  /// The segments as WebVTT captions for a player.
  case vtt
  /// The segments as a label track of Audacity.
  case audacity
  /// The segments in NIST's Rich Transcription Time Marked form, as lines of the type SPEAKER.
  case rttm
}

/// Writes a timeline piece by piece, so that it can be as long as it likes.
///
/// The pieces one after the other are the text: `begin()`, `add` for each event, `end`, which makes it whole wherever
/// the recording was left.
///
///     var writer = TimelineWriter(.vtt, file: "talk.flac", bundle: "emotive-1", labels: labels, settings: settings)
public struct TimelineWriter {
  private let form: TimelineForm
  private let file: String
  private let bundle: String
  private let labels: [String]
  private let settings: TimelineSettings
  /// The segments as JSON, which come behind the windows.
  private var segments: [String] = []
  private var isFirst = true
  /// The seconds of each class.
  private var seconds: [String: Double] = [:]

  /// A writer at the beginning.
  ///
  /// - Parameters:
  ///   - form: the form of the text.
  ///   - file: what the recording is called in it.
  ///   - bundle: the name of the bundle.
  ///   - labels: the classes in the order of the probabilities.
  ///   - settings: what decided the timeline.
  public init(_ form: TimelineForm, file: String, bundle: String, labels: [String], settings: TimelineSettings) {
    self.form = form
    self.file = file
    self.bundle = bundle
    self.labels = labels
    self.settings = settings
  }

  /// What stands before the first window or segment.
  ///
  /// - throws: `EncodingError` for what JSON cannot say.
  public func begin() throws -> String {
    switch form {
    case .table: row("start", "end", "emotion", "probability") + row("-----", "---", "-------", "-----------")
    case .json:
      try "{\"file\":\(json(file)),\n\"bundle\":\(json(bundle)),\n\"labels\":\(json(labels)),\n"
        + "\"settings\":\(json(settings)),\n\"windows\":["
    case .csv: (["start", "end", "level", "label"] + labels).map(CSV.field).joined(separator: ",") + "\n"
    case .vtt: "WEBVTT\n\nNOTE \(caption(file)), \(caption(bundle))\n\n"
    case .audacity, .rttm: ""
    }
  }

  /// The text of a window or a segment; empty where the form has none at this place.
  ///
  /// - throws: `EncodingError` for what JSON cannot say.
  public mutating func add(_ event: Timeline.Event) throws -> String {
    switch event {
    case .window(let window): try add(window)
    case .segment(let segment): try add(segment)
    }
  }

  /// What stands behind the last.
  ///
  /// - parameter duration: the seconds of sound that were read.
  /// - parameter isComplete: whether that was all of it.
  /// - throws: `EncodingError` for what JSON cannot say.
  public func end(duration: Double, isComplete: Bool = true) throws -> String {
    switch form {
    case .table:
      "\n" + summary(duration) + (isComplete ? "" : "\nINCOMPLETE: the recording was not read to its end.") + "\n"
    case .json:
      try "\n],\n\"segments\":[\(segments.map { "\n" + $0 }.joined(separator: ","))\n],\n"
        + "\"summary\":\(json(Timeline.Summary(seconds))),\n"
        + "\"duration\":\(json(duration)),\n\"complete\":\(isComplete)}\n"
    case .vtt: isComplete ? "" : "NOTE incomplete: the recording was read up to \(vttTime(duration))\n"
    case .csv, .audacity, .rttm: ""
    }
  }

  private mutating func add(_ window: Timeline.Window) throws -> String {
    switch form {
    case .json:
      defer { isFirst = false }
      return try (isFirst ? "\n" : ",\n") + json(window)
    case .csv:
      let probabilities = window.probabilities?.map { decimals($0, 6) } ?? labels.map { _ in "" }
      let times = [decimals(window.start), decimals(window.end)]
      let fields = times + [decimals(window.level, 1), CSV.field(window.label ?? "")]
      return (fields + probabilities).joined(separator: ",") + "\n"
    case .table, .vtt, .audacity, .rttm:
      return ""
    }
  }

  private mutating func add(_ segment: Timeline.Segment) throws -> String {
    let (start, end, label) = (segment.start, segment.end, segment.label)
    let probability = decimals(segment.probability)
    seconds[label, default: 0] += end - start
    switch form {
    case .table:
      return row(clock(start), clock(end), label, probability)
    case .json:
      segments.append(try json(segment))
      return ""
    case .csv:
      return ""
    case .vtt:
      return "\(vttTime(start)) --> \(vttTime(end))\n\(caption(label)) (\(probability))\n\n"
    case .audacity:
      return "\(decimals(start, 6))\t\(decimals(end, 6))\t\(oneWord(label, keeping: " "))\n"
    case .rttm:
      // Type, file, channel, beginning, length, orthography, subtype, name, confidence, lookahead.
      // Tools that compare such files know a recording by its name without folder and extension.
      let recording = URL(filePath: file).deletingPathExtension().lastPathComponent
      return "SPEAKER \(oneWord(recording)) 1 \(decimals(start)) \(decimals(end - start)) <NA> <NA> \(oneWord(label)) "
        + "\(probability) <NA>\n"
    }
  }

  /// The share of each class, the largest first, and of what is none.
  private func summary(_ duration: Double) -> String {
    let silence = max(0, duration - seconds.values.reduce(0, +))
    let parts = seconds.sorted { ($1.value, $0.key) < ($0.value, $1.key) } + [(key: "silence", value: silence)]
    let shares = parts.map { "\($0.key) \(decimals(100 * $0.value / max(duration, 1e-9), 0))%" }
    return "\(file), \(clock(duration)): \(shares.joined(separator: ", ")). Bundle: \(bundle)."
  }

  private func row(_ start: String, _ end: String, _ label: String, _ probability: String) -> String {
    let width = max(9, labels.map(\.count).max() ?? 0)
    func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) }
    return padded(start, 10) + start + padded(end, 12) + end + "  " + label + padded(label, width)
      + padded(probability, 13) + probability + "\n"
  }

  private func json(_ value: some Encodable) throws -> String { try JSON.text(value) }
}

extension Timeline {
  /// The whole timeline in one of the forms.
  ///
  /// - Parameters:
  ///   - form: the form of the text.
  ///   - file: what the recording is called in it.
  /// - throws: `EncodingError` for what JSON cannot say.
  public func text(_ form: TimelineForm, file: String) throws -> String {
    var writer = TimelineWriter(form, file: file, bundle: bundle, labels: labels, settings: settings)
    var text = try writer.begin()
    for window in windows { text += try writer.add(.window(window)) }
    for segment in segments { text += try writer.add(.segment(segment)) }
    return text + (try writer.end(duration: duration))
  }
}

/// "1:02:03.5", with hours where there are any.
private func clock(_ seconds: Double) -> String {
  let tenths = Int((seconds * 10).rounded())
  let (hours, minutes, rest) = (tenths / 36_000, tenths / 600 % 60, Double(tenths % 600) / 10)
  return hours > 0 ? String(format: "%d:%02d:%04.1f", hours, minutes, rest) : String(format: "%d:%04.1f", minutes, rest)
}

/// "01:02:03.450", as WebVTT wants it.
private func vttTime(_ seconds: Double) -> String {
  let milliseconds = Int((seconds * 1_000).rounded())
  let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
  return String(format: "%02d:%02d:%02d.%03d", hours, minutes, milliseconds / 1_000 % 60, milliseconds % 1_000)
}

/// Text that WebVTT takes for nothing but text.
private func caption(_ text: String) -> String {
  oneWord(text, keeping: " ").replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
}

/// Text without what would end a field or a line.
private func oneWord(_ text: String, keeping kept: String = "") -> String {
  String(
    text.map { ($0.isWhitespace || $0.unicodeScalars.contains { $0.value < 32 }) && !kept.contains($0) ? "_" : $0 })
}
