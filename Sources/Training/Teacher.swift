import Networks
import Torch

/// A trained ensemble whose answers another network learns (Hinton, Vinyals and Dean 2015), so that a small network
/// comes near a large one.
public struct Teacher: Sendable {
  /// The ensemble's members, of the same classes as the network that learns.
  public let networks: [Network]

  /// A teacher of one or more networks.
  public init(_ networks: [Network]) { self.networks = networks }

  /// The targets (batch, class) of a batch: `share` of them the members' mean softmax output for the very images that
  /// the learning network sees, the rest the true classes.
  func targets(for batch: Batch, share: Double, classCount: Int, precision: Precision, on device: Device) throws
    -> Tensor
  {
    let answers = try Runtime.withoutGradients {
      let images = try batch.images.to(device)
      return try networks.map { try $0.logits(of: images, in: precision).softmax(1) }
    }
    let sum = try answers.dropFirst().reduce(answers[0]) { try $0 + $1 }
    return try batch.probabilities(classCount: classCount).to(device).scaled(by: 1 - share)
      + sum.scaled(by: share / Double(answers.count))
  }
}

extension Batch {
  /// The targets as class probabilities (batch, class).
  fileprivate func probabilities(classCount: Int) throws -> Tensor {
    guard targets.shape.count == 1 else { return targets }
    var rows = [Float](repeating: 0, count: labels.count * classCount)
    for (row, label) in labels.enumerated() { rows[row * classCount + label] = 1 }
    return try Tensor(rows, shape: [labels.count, classCount])
  }
}
