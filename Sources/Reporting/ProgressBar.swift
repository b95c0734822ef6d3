import Foundation
import Storage

/// Shows how far a long piece of work is, on standard error: a bar on a terminal, elsewhere a line now and then.
///
/// It may be used from several threads at once.
///
/// ```swift
/// let progress = ProgressBar("features", total: files.count, unit: "recordings")
/// for file in files { ...; progress.advance() }
/// progress.finish()
/// ```
public final class ProgressBar: @unchecked Sendable {  // every change of state happens under the lock
  private let lock = NSLock()
  private let line: ProgressLine
  private let isTerminal: Bool
  private let width: Int
  private let now: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  private let started: Double
  private var done = 0
  private var note = ""
  private var shownAt = -Double.infinity
  private var shownDone = 0
  private var isFinished = false

  /// Starts the clock; on a terminal the empty bar appears.
  ///
  /// - Parameters:
  ///   - label: what is being done.
  ///   - total: the number of steps; nil where it is not known.
  ///   - unit: what is counted, in the plural, such as "recordings".
  ///   - start: the steps that an earlier run has done; they do not count for the rate.
  public convenience init(_ label: String, total: Int?, unit: String, startingAt start: Int = 0) {
    self.init(
      label, total: total, unit: unit, startingAt: start,
      isTerminal: isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb",
      width: terminalWidth(),
      now: { ProcessInfo.processInfo.systemUptime },
      write: { StandardStreams.write(error: $0) })
  }

  init(
    _ label: String, total: Int?, unit: String, startingAt start: Int = 0, isTerminal: Bool, width: Int,
    now: @escaping @Sendable () -> Double, write: @escaping @Sendable (String) -> Void
  ) {
    line = ProgressLine(label: escaped(label), unit: unit, total: total, start: start)
    done = start
    shownDone = start
    self.isTerminal = isTerminal
    self.width = width
    self.now = now
    self.write = write
    started = now()
    shownAt = isTerminal ? -.infinity : started
    if self.isTerminal { show() }
  }

  /// Counts further steps.
  ///
  /// - Parameters:
  ///   - steps: how many were done.
  ///   - note: what to show behind the numbers from now on, such as the loss; nil leaves it as it is.
  public func advance(by steps: Int = 1, note: String? = nil) {
    lock.withLock {
      guard !isFinished else { return }
      done += steps
      if let note { self.note = escaped(note) }
      if isDue { show() }
    }
  }

  /// Shows the last state and ends the line; later calls do nothing.
  public func finish() {
    lock.withLock {
      guard !isFinished else { return }
      isFinished = true
      if isTerminal {
        show()
        write("\n")
      } else if shownDone != done || done == 0 {
        show()
      }
    }
  }

  /// A terminal bar moves at most ten times a second; a log gets a line each tenth of the work, but not more often than
  /// each second, or after 30 s without one.
  private var isDue: Bool {
    let waited = now() - shownAt
    if isTerminal { return waited >= 0.1 }
    let reachedTenth = line.total.map { $0 > 0 && 10 * done / $0 > 10 * shownDone / $0 } ?? false
    return waited >= 30 || (reachedTenth && waited >= 1)
  }

  private func show() {
    shownAt = now()
    shownDone = done
    let elapsed = shownAt - started
    if isTerminal {
      // Back to the line's start, the text, and whatever stood behind it erased.
      write("\r\(line.bar(done: done, elapsed: elapsed, note: note, width: width - 1))\u{1B}[K")
    } else {
      write(line.plain(done: done, elapsed: elapsed, note: note) + "\n")
    }
  }
}

private func terminalWidth() -> Int {
  var size = winsize()
  return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
}
