import Synchronization

/// A bound on something that requests take and give back, so that no backlog grows.
final class Places: Sendable {
  private struct State {
    var taken = 0
    /// A running mean of how long the takers kept what they took, in seconds; nil before the first has given it back.
    var meanTime: Double?
  }

  let capacity: Int
  private let refusal: String
  private let state = Mutex(State())

  /// - Parameter refusal: what clients are told when nothing is left.
  init(_ capacity: Int, refusal: String) {
    self.capacity = capacity
    self.refusal = refusal
  }

  var taken: Int { state.withLock(\.taken) }

  /// Throws `Problem.busy` where nothing is left.
  func check() throws {
    try refuse(state.withLock { $0.taken < capacity ? nil : $0.meanTime ?? 1 })
  }

  /// Takes some, or throws `Problem.busy`.
  func take(_ count: Int = 1) throws {
    let wait: Double? = state.withLock { state in
      guard state.taken + count <= capacity else { return state.meanTime ?? 1 }
      state.taken += count
      return nil
    }
    try refuse(wait)
  }

  /// - Parameter wait: the seconds after which to try again; nil where nothing is to be refused.
  private func refuse(_ wait: Double?) throws {
    guard let wait else { return }
    throw Problem.busy(retryAfter: Int(min(max(wait.rounded(.up), 1), 60)), refusal)
  }

  /// Gives back what was kept for some seconds; nil where that says nothing about others.
  func giveBack(_ count: Int = 1, after seconds: Double? = nil) {
    state.withLock { state in
      state.taken -= count
      if let seconds { state.meanTime = state.meanTime.map { $0 + 0.1 * (seconds - $0) } ?? seconds }
    }
  }

  /// Runs `body` with one place taken.
  func withPlace<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
    try take()
    let start = ContinuousClock.now
    defer { giveBack(after: (ContinuousClock.now - start).seconds) }
    return try await body()
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
