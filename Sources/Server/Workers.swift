import Foundation
import Synchronization
import Torch

/// Whether whoever asked for some work has gone.
final class Cancellation: Sendable {
  private let isCancelled = Atomic(false)

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// - throws: `CancellationError` once the work is not wanted any more.
  func check() throws {
    if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
  }
}

/// A fixed number of threads that do one job after the other, off the event loops and off Swift's own threads.
final class Workers: Sendable {
  private let queue = JobQueue()

  init(count: Int, name: String) {
    for number in 1...max(1, count) {
      let thread = Thread { [queue] in
        // Several threads inside of libtorch would be in each other's way.
        Runtime.useThreads(1)
        while let job = queue.next() { job() }
      }
      thread.name = "\(name)-\(number)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { queue.stop() }

  /// Runs a job on one of the threads; one that is cancelled before its turn is not begun, and every job can ask.
  func run<Result: Sendable>(_ job: @escaping @Sendable (Cancellation) throws -> Result) async throws -> Result {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        queue.add {
          continuation.resume(
            with: Swift.Result {
              try cancellation.check()
              return try job(cancellation)
            })
        }
      }
    } onCancel: {
      cancellation.cancel()
    }
  }
}

private final class JobQueue: @unchecked Sendable {
  // Unchecked: the condition guards all that changes.
  private let condition = NSCondition()
  private var jobs: [() -> Void] = []
  private var isStopped = false

  func add(_ job: @escaping () -> Void) {
    condition.withLock {
      jobs.append(job)
      condition.signal()
    }
  }

  /// Waits for a job; nil once the queue is stopped and empty.
  func next() -> (() -> Void)? {
    condition.withLock {
      while jobs.isEmpty, !isStopped { condition.wait() }
      return jobs.isEmpty ? nil : jobs.removeFirst()
    }
  }

  func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
    }
  }
}
