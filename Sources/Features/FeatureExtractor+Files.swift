import Foundation
import Torch

extension FeatureExtractor {
  /// The images of many files, made by several threads and delivered in order on the calling thread.
  ///
  /// A file that cannot be used is delivered as a failure. No more than a few images wait for their delivery, however
  /// many files there are.
  ///
  /// - parameter workers: the number of threads.
  /// - parameter deliver: takes the index of a path and its image or error; what it throws ends the work.
  /// - throws: what `deliver` throws.
  public func images(
    ofFiles paths: [String], workers: Int = ProcessInfo.processInfo.activeProcessorCount,
    deliver: (Int, Result<SpectrogramImage, any Error>) throws -> Void
  ) throws {
    // Each recording takes and frees the same few megabytes.
    Runtime.keepFreedMemory()
    let count = max(1, min(workers, paths.count))
    let queue = OrderedQueue<Result<SpectrogramImage, any Error>>(count: paths.count, capacity: 4 * count)
    for _ in 0..<count {
      let thread = Thread {
        // Each worker computes by itself; threads inside of libtorch would only get in each other's way.
        Runtime.useThreads(1)
        while let index = queue.next() {
          queue.put(Result { try image(ofFile: paths[index]) }, at: index)
        }
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    defer { queue.stop() }
    for index in paths.indices { try deliver(index, queue.take(index)) }
  }
}

/// Hands out the numbers 0..<count to workers and their results to one reader, in order.
private final class OrderedQueue<Element>: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private let capacity: Int
  private var results: [Int: Element] = [:]
  private var started = 0
  private var taken = 0
  private var isStopped = false

  /// - parameter capacity: how far the workers may be ahead of the reader.
  init(count: Int, capacity: Int) {
    self.count = count
    self.capacity = capacity
  }

  /// The next number to work on, once the reader is near enough; nil at the end.
  func next() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, started < count, started >= taken + capacity { condition.wait() }
    guard !isStopped, started < count else { return nil }
    started += 1
    return started - 1
  }

  func put(_ result: Element, at index: Int) {
    condition.lock()
    defer { condition.unlock() }
    results[index] = result
    condition.broadcast()
  }

  /// Waits for a result, which must be the one after the last that was taken.
  func take(_ index: Int) -> Element {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = results.removeValue(forKey: index) {
        taken = index + 1
        condition.broadcast()
        return result
      }
      condition.wait()
    }
  }

  /// Lets the workers end.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    condition.broadcast()
  }
}
