import Storage
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
  defer { Runtime.useThreads(Runtime.defaultThreads) }
  let results = concurrentMap(parts) { part in
    Runtime.useThreads(threads)
    return Result { try compute(part) }
  }
  return try results.map { try $0.get() }
}
