import Foundation
import Testing

@testable import Reporting

/// A clock set by hand and everything that was written.
private final class Stage: @unchecked Sendable {
  // Unchecked: the lock guards all that changes.
  private let lock = NSLock()
  private var seconds = 0.0
  private var pieces: [String] = []
  var written: [String] { lock.withLock { pieces } }
  func wait(_ time: Double) { lock.withLock { seconds += time } }

  func bar(total: Int?, start: Int = 0, isTerminal: Bool) -> ProgressBar {
    ProgressBar(
      "features", total: total, unit: "recordings", startingAt: start, isTerminal: isTerminal, width: 80,
      now: { self.lock.withLock { self.seconds } }, write: { text in self.lock.withLock { self.pieces.append(text) } })
  }
}

@Suite struct ProgressTests {
  @Test func terminalShowsBarRateAndTimeLeft() {
    let stage = Stage()
    let progress = stage.bar(total: 400, isTerminal: true)
    stage.wait(10)
    progress.advance(by: 100, note: "loss 1.2")
    let text = stage.written.last ?? ""
    #expect(text.hasPrefix("\rfeatures  [####"))
    #expect(text.contains("]  100/400 recordings  10/s  0:30 left  loss 1.2"))
    #expect(text.hasSuffix("\u{1B}[K"))
    stage.wait(30)
    progress.advance(by: 300)
    progress.finish()
    progress.finish()
    #expect(stage.written.suffix(2).first?.contains("400/400 recordings  10/s  in 0:40") == true)
    #expect(stage.written.last == "\n")
  }

  @Test func terminalIsRedrawnTenTimesASecondAtMost() {
    let stage = Stage()
    let progress = stage.bar(total: 1000, isTerminal: true)
    for _ in 0..<1000 {
      stage.wait(0.001)
      progress.advance()
    }
    #expect((9...11).contains(stage.written.count))
  }

  @Test func logGetsALineEachTenth() {
    let stage = Stage()
    let progress = stage.bar(total: 1000, isTerminal: false)
    for _ in 0..<1000 {
      stage.wait(1.0 / 64)
      progress.advance()
    }
    progress.finish()
    #expect(stage.written.count == 10)
    #expect(stage.written.first == "features  10%  100/1000 recordings  64/s  0:15 left\n")
    #expect(stage.written.last == "features  100%  1000/1000 recordings  64/s  in 0:16\n")
  }

  @Test func logGetsALineEachHalfMinuteWhenWorkIsSlow() {
    let stage = Stage()
    let progress = stage.bar(total: nil, isTerminal: false)
    for _ in 0..<10 {
      stage.wait(10)
      progress.advance()
    }
    #expect(stage.written.count == 3)
    #expect(stage.written.first == "features  3 recordings  0.1/s\n")
  }

  @Test func whatAnEarlierRunDidIsNoSpeed() {
    let stage = Stage()
    let progress = stage.bar(total: 1000, start: 900, isTerminal: false)
    stage.wait(5)
    progress.advance(by: 50)
    progress.finish()
    #expect(stage.written == ["features  95%  950/1000 recordings  10/s  0:05 left\n"])
  }

  @Test func quickWorkMakesOneLine() {
    let stage = Stage()
    let progress = stage.bar(total: 50, isTerminal: false)
    for _ in 0..<50 { progress.advance() }
    progress.finish()
    #expect(stage.written == ["features  100%  50/50 recordings\n"])
  }

  @Test func countsFromManyThreads() {
    let stage = Stage()
    let progress = stage.bar(total: 8000, isTerminal: false)
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<1000 { progress.advance() }
    }
    progress.finish()
    #expect(stage.written.last == "features  100%  8000/8000 recordings\n")
  }

  @Test func narrowTerminalsGetNoBrokenLine() {
    let line = ProgressLine(label: "features", unit: "recordings", total: 100)
    for width in [1, 10, 39, 60, 200] {
      #expect(line.bar(done: 50, elapsed: 5, note: "loss 1.2", width: width).count <= width)
    }
  }

  @Test func numbersAreShort() {
    #expect(
      [0, 0.14, 41.23, 999, 1200, 170_400, 12_345_678, 2e9].map(short) == [
        "0", "0.1", "41.2", "999", "1200", "170k", "12.3M", "2G",
      ])
    #expect([0, 59.2, 61, 3661].map(clock) == ["0:00", "1:00", "1:01", "1:01:01"])
  }
}
