import Foundation

/// Writes lines on a thread of its own: whoever reads them may stall, and no request has to wait for that.
final class LogWriter: Sendable {
  private let queue: LineQueue

  /// - Parameters:
  ///   - capacity: the number of lines that may wait; those that come when there are so many are dropped, and counted.
  ///   - write: takes a line, and may block.
  init(capacity: Int = 1_000, write: @escaping @Sendable (String) -> Void) {
    let queue = LineQueue(capacity: capacity)
    self.queue = queue
    let thread = Thread {
      while let lines = queue.next() {
        for line in lines { write(line) }
      }
    }
    thread.name = "log"
    thread.start()
  }

  deinit { queue.stop() }

  func add(_ line: String) { queue.add(line) }

  /// Waits until all lines are written, but not longer than some seconds.
  func flush(within seconds: Double) { queue.waitUntilWritten(by: Date(timeIntervalSinceNow: seconds)) }
}

/// What libraries log, a line at a time, for a `LogWriter`.
struct LibraryLog: TextOutputStream, Sendable {
  let log: LogWriter

  mutating func write(_ text: String) { log.add(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
}

private final class LineQueue: @unchecked Sendable {  // every change of state happens under the condition
  private let condition = NSCondition()
  private let capacity: Int
  private var lines: [String] = []
  private var dropped = 0
  private var isWriting = false
  private var isStopped = false

  init(capacity: Int) { self.capacity = capacity }

  func add(_ line: String) {
    condition.withLock {
      if lines.count < capacity { lines.append(line) } else { dropped += 1 }
      condition.broadcast()
    }
  }

  /// Waits for lines, those given before being written; nil once the queue is stopped and empty.
  func next() -> [String]? {
    condition.withLock {
      isWriting = false
      condition.broadcast()
      while lines.isEmpty, !isStopped { condition.wait() }
      return take()
    }
  }

  private func take() -> [String]? {
    if lines.isEmpty { return nil }
    var taken = lines
    if dropped > 0 { taken.append("Lines dropped here, as those before were not read in time: \(dropped).") }
    (lines, dropped, isWriting) = ([], 0, true)
    return taken
  }

  func waitUntilWritten(by deadline: Date) {
    condition.withLock {
      while isWriting || !lines.isEmpty, condition.wait(until: deadline) {}
    }
  }

  func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
    }
  }
}
