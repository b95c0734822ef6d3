import Features
import Foundation
import Recognition
import Torch

/// Brings images of different requests together and sends them through the networks, on threads of its own.
///
/// A batch starts when it is full, when its first image has waited long enough, or as soon as no other image is on its
/// way: a lone request never waits. Under load each batch has one thread and several run at once, which leaves no core waiting
/// for another as the threads of one batch do; a batch with nothing beside it has them all.
final class Batcher: Sendable {
  private let queue: BatchQueue

  /// - Parameters:
  ///   - threads: the number of threads that compute.
  ///   - onBatch: is told each batch's size.
  init(size: Int, delay: Double, threads: Int, onBatch: @escaping @Sendable (Int) -> Void) {
    let queue = BatchQueue(size: size, delay: delay)
    self.queue = queue
    for number in 1...max(1, threads) {
      let thread = Thread {
        while let (batch, isAlone) = queue.next() {
          onBatch(batch.count)
          Runtime.useThreads(isAlone ? threads : 1)
          let predictions = Result { try batch[0].recognizer.predict(images: batch.map(\.image)) }
          queue.finish()
          for (index, item) in batch.enumerated() { item.deliver(predictions.map { $0[index] }) }
        }
      }
      thread.name = "networks-\(number)"
      thread.stackSize = 8 << 20
      thread.start()
    }
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
  // Unchecked: the condition guards all that changes.

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
  /// The number of batches that are in the networks.
  private var running = 0
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

  /// Waits for the next batch, images for one and the same recognizer, and says whether nothing else is being computed;
  /// nil once the queue is stopped and empty. `finish` is called after each batch.
  func next() -> (batch: [Item], isAlone: Bool)? {
    while true {
      var gone: [Item] = []
      let next: (batch: [Item], isAlone: Bool)? = condition.withLock {
        while items.isEmpty, !isStopped { condition.wait() }
        if items.isEmpty { return nil }
        // Another thread may take the items meanwhile.
        while items.count < size, expected > 0, !isStopped, let first = items.first,
          condition.wait(until: first.deadline)
        {}
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
        let isAlone = expected == 0 && running == 0 && rest.isEmpty
        if !batch.isEmpty { running += 1 }
        return (batch, isAlone)
      }
      for item in gone { item.deliver(.failure(CancellationError())) }
      guard let next else { return nil }
      if !next.batch.isEmpty { return next }
    }
  }

  func finish() { condition.withLock { running -= 1 } }

  func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
    }
  }
}
