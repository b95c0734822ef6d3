import Foundation
import Testing

@testable import Reporting

@Suite struct WaveformEnvelopeTests {
  /// However long, however divided, each stretch has the lowest and the highest of its samples.
  @Test(arguments: [1, 15, 16, 17, 1_000, 4_097, 100_003]) func stretchesHaveTheirExtremes(_ count: Int) throws {
    let samples = (0..<count).map { Float(sin(Double($0 * $0 % 7_919))) }
    for chunk in [1, 100, 65_536] {
      var envelope = WaveformEnvelope(limit: 64)
      for start in stride(from: 0, to: count, by: chunk) {
        samples[start..<min(start + chunk, count)].withUnsafeBufferPointer { envelope.add($0) }
      }
      #expect(envelope.low.count <= 64 && (count < 1_024 || envelope.low.count > 32))
      let length = Int((Double(count) * envelope.coverage / Double(envelope.low.count)).rounded())
      for index in envelope.low.indices {
        let stretch = samples[index * length..<min(count, (index + 1) * length)]
        #expect(envelope.low[index] == stretch.min() && envelope.high[index] == stretch.max())
      }
    }
  }
}

@Suite(.enabled(if: Gnuplot.executable("gnuplot") != nil, "gnuplot is not installed: apt-get install gnuplot-nox"))
struct TimelineFigureTests {
  func figure(_ labels: [String], windows: Int, silent: (Int) -> Bool = { _ in false }) -> TimelineFigure {
    var figure = TimelineFigure(labels: labels)
    (0..<1_000).map { Float(sin(Double($0))) }.withUnsafeBufferPointer { figure.add(samples: $0) }
    for index in 0..<windows {
      figure.add(
        windowAt: Double(index) + 0.5,
        probabilities: silent(index) ? nil : labels.map { _ in 1 / Double(labels.count) })
      if !silent(index), index % 7 == 0 {
        figure.add(segmentFrom: Double(index), to: Double(index) + 5, label: labels[index % labels.count])
      }
    }
    return figure
  }

  func draw(_ figure: TimelineFigure, _ duration: Double, _ name: String, title: String = "made") throws -> Data {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString)-\(name)")
    defer { try? FileManager.default.removeItem(at: url) }
    try figure.draw(duration: duration, title: title, to: url)
    return try Data(contentsOf: url)
  }

  @Test func drawsAnyLength() throws {
    let labels = ["neutral", "happy", "sad"]
    #expect(try draw(figure(labels, windows: 1), 1, "a.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
    let silent = try draw(figure(labels, windows: 5) { _ in true }, 5, "a.svg")
    #expect(String(decoding: silent, as: UTF8.self).contains("neutral"))
    // Ten hours are thinned out before they are drawn.
    let long = try draw(figure(labels, windows: 36_000) { $0 % 100 < 10 }, 36_000, "a.svg")
    #expect(long.count < 3_000_000 && String(decoding: long, as: UTF8.self).contains("time (h:min:s)"))
    #expect(throws: FigureError.self) { try draw(TimelineFigure(labels: labels), 1, "a.png") }
  }

  @Test func namesAreOnlyEverText() throws {
    let names = ["it's <b>&", "\"; system(\"false\"); \"", "EOD\nEOD\nfalse", "%d %s"]
    let text = String(decoding: try draw(figure(names, windows: 30), 30, "a.svg", title: "EOD\n'\""), as: UTF8.self)
    #expect(text.contains("it's &lt;b>&amp;") && text.contains("system(") && text.contains("%d %s"))
  }

  @Test func axesHaveRoundNumbers() {
    #expect(TimelineFigure.timeTics(10) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    #expect(
      TimelineFigure.timeTics(36_000).map { TimelineFigure.time($0, of: 36_000) }.suffix(2) == ["9:00:00", "10:00:00"])
    #expect(TimelineFigure.time(90, of: 130) == "1:30" && TimelineFigure.time(0.5, of: 3) == "0.5")
    #expect([1.05, 0.4, 0.03, 2.1].map(TimelineFigure.step) == [0.5, 0.2, 0.01, 1])
  }
}
