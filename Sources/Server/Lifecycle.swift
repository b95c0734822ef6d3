import Synchronization

/// Whether the server is on its way out, and the requests that it works on.
final class Lifecycle: Sendable {
  private struct State {
    var isDraining = false
    var isOver = false
    /// What cancels each request that is being worked on.
    var running: [Int: @Sendable () -> Void] = [:]
    var last = 0
  }

  private let state = Mutex(State())

  /// Whether no new requests should come.
  var isDraining: Bool { state.withLock { $0.isDraining } }

  /// Whether the time for those that have begun is over.
  var isOver: Bool { state.withLock { $0.isOver } }

  /// The number of requests that are being worked on.
  var running: Int { state.withLock { $0.running.count } }

  func drain() { state.withLock { $0.isDraining = true } }

  /// Takes note of a request until `end` is called with the number that this returns.
  ///
  /// - Parameter cancel: ends the work on it; called at once where the time is over already.
  func begin(cancel: @escaping @Sendable () -> Void) -> Int {
    let (number, isOver) = state.withLock { state in
      state.last += 1
      state.running[state.last] = cancel
      return (state.last, state.isOver)
    }
    if isOver { cancel() }
    return number
  }

  func end(_ number: Int) { state.withLock { $0.running[number] = nil } }

  /// Cancels what is being worked on, and all that begins after this.
  func cancelAll() {
    let cancels = state.withLock { state in
      state.isOver = true
      return Array(state.running.values)
    }
    for cancel in cancels { cancel() }
  }
}
