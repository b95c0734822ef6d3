import Dispatch
import Synchronization
import Torch

/// What `compute` makes of each part, all of them at once, in the parts' order.
///
/// - Parameters:
///   - parts: the parts, each for a thread of its own.
///   - threads: the threads that libtorch gets for each of them.
/// - throws: what `compute` throws for the first part that fails.
func computed<Part: Sendable, Answer: Sendable>(
  _ parts: [Part], threads: Int, _ compute: @Sendable (Part) throws -> Answer
) throws -> [Answer] {
  let results = Mutex<[Int: Result<Answer, any Error>]>([:])
  defer { Runtime.useThreads(Runtime.defaultThreads) }
  DispatchQueue.concurrentPerform(iterations: parts.count) { index in
    Runtime.useThreads(threads)
    let result = Result { try compute(parts[index]) }
    results.withLock { $0[index] = result }
  }
  return try results.withLock { results in try parts.indices.compactMap { try results[$0]?.get() } }
}
