import Audio
import Foundation
import Torch

extension FeatureExtractor {
  /// The images of many files, made by several threads and delivered in order on the calling thread.
  ///
  /// A file that cannot be used is delivered as a failure. No more than a few paths and images wait for their delivery,
  /// however many files there are.
  ///
  /// - parameter paths: the files; they are asked for one after the other, on the calling thread, as they are needed.
  /// - parameter isNextReady: whether the next path can be had without waiting; where it cannot, what is there is
  ///   delivered first.
  /// - parameter workers: the number of threads.
  /// - parameter alteration: what is done to a file's recording first; nil for nothing.
  /// - parameter deliver: takes the index of a path and its image or error; what it throws ends the work.
  /// - throws: what `deliver` throws.
  public func images(
    ofFiles paths: some Sequence<String>, isNextReady: () -> Bool = { true },
    workers: Int = ProcessInfo.processInfo.activeProcessorCount,
    alteration: @escaping @Sendable (String) -> Alteration? = { _ in nil },
    deliver: (Int, Result<SpectrogramImage, any Error>) throws -> Void
  ) throws {
    // Each recording takes and frees the same few megabytes.
    Runtime.keepFreedMemory()
    let count = max(1, paths.underestimatedCount > 0 ? min(workers, paths.underestimatedCount) : workers)
    let queue = OrderedQueue<String, Result<SpectrogramImage, any Error>>()
    let image: @Sendable (String) -> Result<SpectrogramImage, any Error> = { path in
      Result { try self.image(ofFile: path, alteredBy: alteration(path)) }
    }
    for _ in 0..<count {
      let thread = Thread {
        // Each worker computes by itself; threads inside of libtorch would only get in each other's way.
        Runtime.useThreads(1)
        while let (index, path) = queue.next() { queue.put(image(path), at: index) }
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    defer { queue.stop() }
    var rest = paths.makeIterator()
    var (given, taken) = (0, 0)
    while true {
      while given < taken + 4 * count, taken == given || isNextReady(), let path = rest.next() {
        queue.give(path)
        given += 1
      }
      guard taken < given else { return }
      try deliver(taken, queue.take(taken, otherwise: image))
      taken += 1
    }
  }
}

/// Hands out work to workers in order, and their results to one reader in the same order.
private final class OrderedQueue<Work, Element>: @unchecked Sendable {
  // Unchecked: the condition guards all that changes.
  private let condition = NSCondition()
  private var works: [Work] = []
  private var results: [Int: Element] = [:]
  private var started = 0
  private var hasWorkers = false
  private var isStopped = false

  /// Adds a piece of work.
  func give(_ work: Work) {
    condition.lock()
    defer { condition.unlock() }
    works.append(work)
    condition.broadcast()
  }

  /// The next piece of work and its number, as soon as there is one; nil at the end.
  func next() -> (index: Int, work: Work)? {
    condition.lock()
    defer { condition.unlock() }
    hasWorkers = true
    while !isStopped, works.isEmpty { condition.wait() }
    guard !isStopped else { return nil }
    started += 1
    return (started - 1, works.removeFirst())
  }

  func put(_ result: Element, at index: Int) {
    condition.lock()
    defer { condition.unlock() }
    results[index] = result
    condition.broadcast()
  }

  /// Waits for a result, and gives it away.
  ///
  /// Foundation does not say when the system refuses it a thread: the reader does the work itself where no worker has
  /// come for a while.
  func take(_ index: Int, otherwise work: (Work) -> Element) -> Element {
    while true {
      switch step(index) {
      case .result(let result): return result
      case .work(let number, let piece): put(work(piece), at: number)
      case nil: continue
      }
    }
  }

  private enum Step {
    case result(Element)
    case work(Int, Work)
  }

  /// A result, or work that no worker has come for; nil where it has to wait on.
  private func step(_ index: Int) -> Step? {
    condition.lock()
    defer { condition.unlock() }
    if let result = results.removeValue(forKey: index) { return .result(result) }
    let isInTime = condition.wait(until: Date(timeIntervalSinceNow: 5))
    guard !isInTime, !hasWorkers, !works.isEmpty else { return nil }
    defer { started += 1 }
    return .work(started, works.removeFirst())
  }

  /// Lets the workers end.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    condition.broadcast()
  }
}
