import Features
import Foundation
import Recognition
import Torch

/// Brings images of different requests together and sends them through the networks, on one thread of its own.
///
/// A batch starts when it is full, when its first image has waited long enough, or as soon as no other image is on its
/// way: a lone request never waits.
final class Batcher: Sendable {
  private let queue: BatchQueue

  /// - Parameters:
  ///   - threads: the number of threads that a batch may use; half of them while other images are being made.
  ///   - onBatch: is told each batch's size.
  init(size: Int, delay: Double, threads: Int, onBatch: @escaping @Sendable (Int) -> Void) {
    let queue = BatchQueue(size: size, delay: delay)
    self.queue = queue
    let thread = Thread {
      while let (batch, areOthersComing) = queue.next() {
        onBatch(batch.count)
        // While others' images are made, every core has its work: more threads would wait for each other.
        Runtime.useThreads(areOthersComing ? max(1, threads / 2) : threads)
        let predictions = Result { try batch[0].recognizer.predict(images: batch.map(\.image)) }
        for (index, item) in batch.enumerated() { item.deliver(predictions.map { $0[index] }) }
      }
    }
    thread.name = "networks"
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit { queue.stop() }

  /// Predicts the class of the image that `makeImage` gives; batches wait for it from now on.
  func predict(
    with recognizer: Recognizer, _ makeImage: () async throws -> SpectrogramImage
  ) async throws -> Prediction {
    queue.expect()
    let image: SpectrogramImage
    do {
      image = try await makeImage()
    } catch {
      queue.expectNoMore()
      throw error
    }
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        queue.add(
          BatchQueue.Item(
            recognizer: recognizer, image: image, cancellation: cancellation, deadline: queue.deadline,
            deliver: { continuation.resume(with: $0) }))
      }
    } onCancel: {
      cancellation.cancel()
    }
  }
}

private final class BatchQueue: @unchecked Sendable {
  struct Item {
    let recognizer: Recognizer
    let image: SpectrogramImage
    let cancellation: Cancellation
    /// When a batch that begins with this image must start.
    let deadline: Date
    let deliver: (Result<Prediction, any Error>) -> Void
  }

  private let condition = NSCondition()
  private let size: Int
  private let delay: Double
  private var items: [Item] = []
  /// The number of images that are being made.
  private var expected = 0
  private var isStopped = false

  init(size: Int, delay: Double) {
    self.size = max(1, size)
    self.delay = delay
  }

  var deadline: Date { Date(timeIntervalSinceNow: delay) }

  func expect() { condition.withLock { expected += 1 } }

  func expectNoMore() {
    condition.withLock {
      expected -= 1
      condition.signal()
    }
  }

  func add(_ item: Item) {
    condition.withLock {
      expected -= 1
      items.append(item)
      condition.signal()
    }
  }

  /// Waits for the next batch, images for one and the same recognizer, and says whether others are being made; nil once
  /// the queue is stopped and empty.
  func next() -> (batch: [Item], areOthersComing: Bool)? {
    while true {
      var gone: [Item] = []
      let next: (batch: [Item], areOthersComing: Bool)? = condition.withLock {
        while items.isEmpty, !isStopped { condition.wait() }
        guard let first = items.first else { return nil }
        while items.count < size, expected > 0, !isStopped, condition.wait(until: first.deadline) {}
        var batch: [Item] = []
        var rest: [Item] = []
        for item in items {
          if (try? item.cancellation.check()) == nil {
            gone.append(item)
          } else if batch.count < size, item.recognizer === (batch.first ?? item).recognizer {
            batch.append(item)
          } else {
            rest.append(item)
          }
        }
        items = rest
        return (batch, expected > 0)
      }
      for item in gone { item.deliver(.failure(CancellationError())) }
      guard let next else { return nil }
      if !next.batch.isEmpty { return next }
    }
  }

  func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
    }
  }
}
