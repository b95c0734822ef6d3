import Corpora
import Features
import Foundation
import Torch

/// An image with its class.
public struct Example: Sendable {
  /// Where the image is.
  public let image: StoredImage
  /// The index of its label.
  public let label: Int
  /// Whether it is of another corpus than the first, see `TrainingSettings.extraShare`.
  public let isExtra: Bool

  /// An example of a training, validation or test side.
  public init(image: StoredImage, label: Int, isExtra: Bool = false) {
    self.image = image
    self.label = label
    self.isExtra = isExtra
  }
}

/// Images and targets of one step.
struct Batch: Sendable {
  /// (batch, 3, mel, time), float32.
  let images: Tensor
  /// Class indices (batch), or class probabilities (batch, class) where images were mixed.
  let targets: Tensor
  /// Class indices, before mixing.
  let labels: [Int]
}

/// Makes the batches of an epoch; the same seed, epoch and step give the same batch.
struct Batches: Sendable {
  let examples: [Example]
  let classCount: Int
  let features: FeatureSettings
  let batchSize: Int
  let isChannelsLast: Bool
  /// Nil leaves images and their order as they are.
  let training: TrainingSettings?

  var count: Int {
    // A last batch of one image has no variance for batch normalisation, so training leaves out of each epoch what does
    // not fill a batch, up to `batchSize - 1` images; which ones they are differs from epoch to epoch.
    training == nil || examples.count < batchSize
      ? (examples.count + batchSize - 1) / batchSize : examples.count / batchSize
  }

  /// The examples of an epoch in their order.
  func order(epoch: Int) -> [Int] {
    guard let training else { return Array(examples.indices) }
    var generator = generator(epoch: epoch, step: 0)
    let extraShare = examples.contains(where: \.isExtra) ? training.extraShare : nil
    guard training.isClassBalanced || extraShare != nil else { return generator.shuffled(Array(examples.indices)) }
    let pools = Dictionary(grouping: examples.indices) { training.isClassBalanced ? examples[$0].label : 0 }
      .sorted { $0.key < $1.key }.map(\.value)
    let parts = pools.map { pool in
      (own: pool.filter { !examples[$0].isExtra }, extra: pool.filter { examples[$0].isExtra })
    }
    let drawn = examples.indices.map { position in
      var pool = pools[position % pools.count]
      let (own, extra) = parts[position % pools.count]
      if let extraShare, !own.isEmpty, !extra.isEmpty {
        pool = Double(generator.below(1_000_000)) < extraShare * 1_000_000 ? extra : own
      }
      return pool[generator.below(pool.count)]
    }
    return generator.shuffled(drawn)
  }

  func batch(_ step: Int, of order: [Int], epoch: Int) throws -> Batch {
    let chosen = order[(step * batchSize)..<min((step + 1) * batchSize, order.count)].map { examples[$0] }
    let labels = chosen.map(\.label)
    var bytes = Data(capacity: chosen.reduce(0) { $0 + $1.image.size * 2 })
    var generator = generator(epoch: epoch, step: step)
    for example in chosen {
      let file = training.map { example.image.file(drawnFor: $0.augmentation, using: &generator) }
      bytes.append(try example.image.data(of: file))
    }
    let stored = try bytes.withUnsafeBytes {
      try Tensor(bytes: $0, shape: [chosen.count, 3, features.melCount, features.frameCount], dtype: .float16)
    }
    var images = try stored.to(.float32)
    var targets = try Tensor(labels)
    if let training {
      try augment(images, training.augmentation, &generator)
      if training.augmentation.mixup > 0 {
        (images, targets) = try mix(images, labels, training.augmentation, &generator)
      }
    }
    return Batch(images: isChannelsLast ? try images.channelsLast() : images, targets: targets, labels: labels)
  }

  /// What an epoch's order and each of its batches draw from.
  ///
  /// The order and the first batch draw the same numbers. It does no harm: one decides which images meet, the other how
  /// they are distorted, for each the numbers are as even as any, and no two epochs pair them alike. Other seeds would
  /// change every result.
  private func generator(epoch: Int, step: Int) -> SeededGenerator {
    SeededGenerator(seed: (training?.seed ?? 0) &+ UInt64(epoch) &* 0x9E37_79B9 &+ UInt64(step) &* 0x85EB_CA6B)
  }

  private func augment(_ images: Tensor, _ augmentation: Augmentation, _ generator: inout SeededGenerator) throws {
    let size = 3 * features.melCount * features.frameCount
    try images.withFloats { values in
      for start in stride(from: 0, to: values.count, by: size) {
        augmentation.apply(
          to: UnsafeMutableBufferPointer(rebasing: values[start..<(start + size)]), features: features,
          using: &generator)
      }
    }
  }

  private func mix(
    _ images: Tensor, _ labels: [Int], _ augmentation: Augmentation, _ generator: inout SeededGenerator
  ) throws -> (Tensor, Tensor) {
    let share = augmentation.mixingShare(using: &generator)
    let partners = generator.shuffled(Array(labels.indices))
    var probabilities = [Float](repeating: 0, count: labels.count * classCount)
    for (row, partner) in partners.enumerated() {
      probabilities[row * classCount + labels[row]] += Float(share)
      probabilities[row * classCount + labels[partner]] += Float(1 - share)
    }
    let mixed = try images.scaled(by: share) + images.selecting(partners).scaled(by: 1 - share)
    return (mixed, try Tensor(probabilities, shape: [labels.count, classCount]))
  }
}

/// Makes the batches of an epoch on another thread, two ahead of the network.
final class BatchLoader {
  /// The seconds that the caller of `next` has waited so far.
  private(set) var waited = 0.0
  private let batches: Batches
  private let order: [Int]
  private let epoch: Int
  private var pending: [PendingBatch] = []
  private var requested = 0
  private let queue = DispatchQueue(label: "emotive.batches")

  init(_ batches: Batches, epoch: Int) {
    self.batches = batches
    self.epoch = epoch
    order = batches.order(epoch: epoch)
  }

  /// The next batch of the epoch, or nil after the last.
  func next() throws -> Batch? {
    while pending.count < 3, requested < batches.count {
      let batch = PendingBatch()
      let (batches, order, epoch, step) = (batches, order, epoch, requested)
      queue.async {
        Runtime.useThreads(1)
        batch.fulfill(Result { try batches.batch(step, of: order, epoch: epoch) })
      }
      pending.append(batch)
      requested += 1
    }
    guard !pending.isEmpty else { return nil }
    let start = ContinuousClock.now
    defer { waited += (ContinuousClock.now - start) / .seconds(1) }
    return try pending.removeFirst().get()
  }
}

/// A batch that another thread will make.
private final class PendingBatch: @unchecked Sendable {
  // Unchecked: the result is written before the semaphore is signalled, and read after.
  private let ready = DispatchSemaphore(value: 0)
  private var result: Result<Batch, any Error>?

  func fulfill(_ result: Result<Batch, any Error>) {
    self.result = result
    ready.signal()
  }

  func get() throws -> Batch {
    ready.wait()
    guard let result else { throw TrainingError("the batch loader stopped without a batch") }
    return try result.get()
  }
}
