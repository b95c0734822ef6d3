import Torch

/// Everything about a training run that decides its result, apart from its recordings and their images.
public struct TrainingSettings: Codable, Sendable, Hashable {
  /// Passes over the training side.
  public var epochs = 50
  /// Images per step (paper, section II: 24).
  public var batchSize = 24
  /// The schedule's highest rate.
  public var learningRate = 1e-3
  /// How the rate changes.
  public var schedule = Schedule.steps(every: 20, factor: 0.1)
  /// AdamW's decoupled weight decay.
  public var weightDecay = 1e-3
  /// What is minimised.
  public var loss = LossFunction.crossEntropy
  /// The share of each target that is spread evenly over all classes; cross-entropy only.
  public var labelSmoothing = 0.0
  /// The largest joint L2 norm of the gradients; nil leaves them as they are.
  public var gradientClipping: Double?
  /// The decay of an exponential moving average of the weights, which is then what is evaluated and kept; nil for none.
  public var weightAveraging: Double?
  /// Distortions of the training images.
  public var augmentation = Augmentation()
  /// Draws as many images of each class in an epoch, instead of each image once.
  public var isClassBalanced = false
  /// The share of each target that is a teacher's answer to the same image, see `Teacher`; nil without a teacher.
  public var distillation: Double?
  /// The layers, by their names in the state dict, that stay as they were, with all below them.
  public var frozenPrefixes: [String] = []
  /// The number format of the network's computations.
  public var precision = Precision.preferred(on: .cpu)
  /// Keeps image tensors with channels innermost in memory.
  public var isChannelsLast = true
  /// Seeds the head's start, the order of the images, dropout and augmentation.
  public var seed: UInt64 = 1

  /// The paper's final settings.
  public init() {}

  /// Refuses settings that cannot train.
  ///
  /// - throws: `TrainingError` naming the setting, what was expected and what was found.
  public func validate() throws {
    func require(_ holds: Bool, _ name: String, _ expected: String, _ found: Any) throws {
      if !holds { throw TrainingError("--\(name) must be \(expected), but is \(found)") }
    }
    try require(epochs >= 1, "epochs", "at least 1", epochs)
    try require(batchSize >= 1, "batch-size", "at least 1", batchSize)
    try require(learningRate > 0 && learningRate.isFinite, "learning-rate", "above 0", learningRate)
    try require(weightDecay >= 0 && weightDecay.isFinite, "weight-decay", "0 or more", weightDecay)
    try require((0..<1).contains(labelSmoothing), "label-smoothing", "from 0 to below 1", labelSmoothing)
    try require(
      labelSmoothing == 0 || loss == .crossEntropy, "label-smoothing", "0 with the loss \(loss.rawValue)",
      labelSmoothing)
    try require(gradientClipping.map { $0 > 0 } ?? true, "clip-gradients", "above 0", gradientClipping ?? 0)
    try require(
      weightAveraging.map { (0..<1).contains($0) } ?? true, "weight-averaging", "from 0 to below 1",
      weightAveraging ?? 0)
    try require(
      augmentation.mixup == 0 || loss == .crossEntropy, "mixup", "0 with the loss \(loss.rawValue)", augmentation.mixup)
    try require(
      distillation.map { (0...1).contains($0) } ?? true, "distillation", "from 0 to 1", distillation ?? 0)
    try require(
      distillation == nil || loss == .crossEntropy, "distillation", "absent with the loss \(loss.rawValue)",
      distillation ?? 0)
    try augmentation.validate(require)
  }
}

/// The losses of the paper (section III, Fig. 2).
public enum LossFunction: String, Codable, Sendable, CaseIterable {
  case crossEntropy = "cross-entropy"
  /// `torch.nn.MultiMarginLoss`.
  case multiMargin = "multi-margin"
  /// `torch.nn.MultiLabelMarginLoss`.
  case multiLabelMargin = "multi-label-margin"
}

/// A failure of a training run that libtorch does not know of.
public struct TrainingError: Error, CustomStringConvertible {
  /// What was wrong and what to do.
  public let description: String

  /// An error with a message for people.
  public init(_ description: String) { self.description = description }
}
