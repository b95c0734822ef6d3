import Corpora
import Foundation
import Storage
import Testing

@testable import Recognition

@Suite struct TimelineWriterTests {
  /// Names that mean something to one form or another.
  static let labels = ["happy", "a,b \"c\"", "x --> y <i>&", "two\nlines\tand a tab"]

  var timeline: Timeline {
    let windows = (0..<7).map { index in
      let isSilent = index == 3
      return Timeline.Window(
        start: Double(index) / 2, end: Double(index) / 2 + 3, level: isSilent ? -80.25 : -20.5,
        label: isSilent ? nil : Self.labels[index % 4],
        probabilities: isSilent ? nil : Self.labels.indices.map { $0 == index % 4 ? 0.7 : 0.1 })
    }
    let segments = Self.labels.enumerated().map { index, label in
      Timeline.Segment(
        start: 1_000.25 * Double(index), end: 1_000.25 * Double(index) + 999.5, label: label, probability: 0.625)
    }
    return Timeline(
      bundle: "test", labels: Self.labels, settings: .init(), duration: 4_000.5, windows: windows, segments: segments)
  }

  /// The text of the first events only, brought to an end.
  func cut(_ form: TimelineForm, after count: Int) throws -> String {
    let timeline = timeline
    var writer = TimelineWriter(
      form, file: "a b.wav", bundle: "test", labels: timeline.labels, settings: timeline.settings)
    let events = timeline.windows.map { Timeline.Event.window($0) } + timeline.segments.map { .segment($0) }
    return try writer.begin() + events.prefix(count).map { try writer.add($0) }.joined()
      + writer.end(duration: 2, isComplete: false)
  }

  struct File: Decodable {
    let file: String
    let complete: Bool
    let windows: [Timeline.Window]
    let segments: [Timeline.Segment]
    let summary: Timeline.Summary
  }

  @Test func jsonIsReadAgain() throws {
    let text = Data(try timeline.text(.json, file: "a b.wav").utf8)
    #expect(try JSON.decode(Timeline.self, from: text) == timeline)
    let file = try JSON.decode(File.self, from: text)
    #expect(file.file == "a b.wav" && file.complete && file.summary == timeline.summary)
    for count in 0...11 {
      let partial = try JSON.decode(File.self, from: Data(cut(.json, after: count).utf8))
      #expect(!partial.complete && partial.windows == Array(timeline.windows.prefix(count)))
      #expect(partial.segments == Array(timeline.segments.prefix(max(0, count - 7))))
    }
  }

  @Test func theSummaryIsOfTheSegments() throws {
    func summary(_ segments: [(String, Double, Double)]) -> Timeline.Summary {
      Timeline(
        bundle: "test", labels: ["a", "b", "c"], settings: .init(), duration: 20, windows: [],
        segments: segments.map { Timeline.Segment(start: $1, end: $2, label: $0, probability: 0.5) }
      ).summary
    }
    let mixed = summary([("b", 0, 1), ("a", 1, 3), ("b", 5, 10)])
    #expect(mixed.label == "b" && mixed.shares == ["a": 0.25, "b": 0.75] && mixed.seconds == 8)
    // Of two with as much the first by name, whatever came first.
    #expect(summary([("c", 0, 1), ("b", 1, 2)]).label == "b")
    let silent = summary([])
    #expect(silent.label == nil && silent.shares.isEmpty && silent.seconds == 0)
  }

  @Test func csvIsReadAgain() throws {
    let rows = try CSV.parse(Data(timeline.text(.csv, file: "a").utf8)).map(\.fields)
    #expect(rows[0] == ["start", "end", "level", "label"] + Self.labels)
    #expect(rows.count == 8 && rows.allSatisfy { $0.count == 8 })
    for (row, window) in zip(rows.dropFirst(), timeline.windows) {
      #expect(Double(row[0]) == window.start && Double(row[1]) == window.end && row[3] == window.label ?? "")
      #expect(row[4...].compactMap { Double($0) } == window.probabilities ?? [])
    }
    #expect(try CSV.parse(Data(cut(.csv, after: 3).utf8)).count == 4)
  }

  @Test func webVTTIsReadAgain() throws {
    for (text, count) in try [(timeline.text(.vtt, file: "a --> b\n\nc"), 4), (cut(.vtt, after: 9), 2)] {
      let blocks = text.split(separator: "\n\n").map(String.init)
      #expect(blocks[0] == "WEBVTT")
      let cues = blocks.dropFirst().filter { !$0.hasPrefix("NOTE ") }
      #expect(cues.count == count)
      for (cue, segment) in zip(cues, timeline.segments) {
        let lines = cue.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].wholeMatch(of: /\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}/) != nil)
        func seconds(_ text: Substring) -> Double? {
          let parts = text.split(separator: ":").compactMap { Double($0) }
          return parts.count == 3 ? parts[0] * 3_600 + parts[1] * 60 + parts[2] : nil
        }
        #expect(seconds(lines[0].prefix(12)) == segment.start && seconds(lines[0].suffix(12)) == segment.end)
        #expect(!lines[1].contains("-->") && !lines[1].contains("<") && lines[1].hasSuffix("(0.625)"))
      }
    }
    #expect(try cut(.vtt, after: 9).contains("NOTE incomplete"))
  }

  @Test func audacityAndRTTMAreReadAgain() throws {
    let tracks = try timeline.text(.audacity, file: "a").split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(tracks.count == 4 && tracks.allSatisfy { $0.count == 3 })
    #expect(tracks.map { Double($0[0]) } == timeline.segments.map(\.start))
    #expect(tracks.map { Double($0[1]) } == timeline.segments.map(\.end))
    #expect(tracks[0][2] == "happy")
    let lines = try timeline.text(.rttm, file: "a b.wav").split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.count == 4 && lines.allSatisfy { $0.count == 10 && $0[0] == "SPEAKER" && $0[1] == "a_b" })
    for (line, segment) in zip(lines, timeline.segments) {
      #expect(Double(line[3]) == segment.start && Double(line[4]) == segment.end - segment.start)
      #expect(Double(line[8]) == 0.625)
    }
    #expect(lines[0][7] == "happy")
    #expect(try cut(.audacity, after: 8).split(separator: "\n").count == 1)
    #expect(try cut(.rttm, after: 7).isEmpty)
  }

  @Test func theTableAddsUp() throws {
    let table = try timeline.text(.table, file: "talk.wav")
    #expect(table.contains("16:40.2") || table.contains("16:40.3"))
    #expect(table.contains("talk.wav, 1:06:40.5: "))
    #expect(table.contains("happy 25%") && table.contains("silence 0%"))
    #expect(!table.contains("INCOMPLETE"))
    #expect(try cut(.table, after: 9).contains("INCOMPLETE"))
  }
}
