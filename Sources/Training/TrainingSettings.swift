import Networks
import Storage
import Torch

/// Everything about a training run that decides its result, apart from its recordings and their images.
public struct TrainingSettings: Codable, Sendable, Hashable {
  /// Passes over the training side.
  public var epochs = 50
  /// Images per step (paper, section II: 24). What does not fill an epoch's last batch, up to one image less than this,
  /// is left out of that epoch; which images they are differs from epoch to epoch.
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
  /// Draws as many images of each class in an epoch, instead of each image once, but for those that are left out.
  public var isClassBalanced = false
  /// The share of an epoch's images, or with `isClassBalanced` of those of each class, that is drawn from other corpora
  /// than the first, where there are any: images are drawn then, and not taken once each. nil tells no corpora apart.
  public var extraShare: Double?
  /// The share of each target that is a teacher's answer to the same image, see `Teacher`; nil without a teacher.
  public var distillation: Double?
  /// The layers, by their whole names in the state dict, that stay as they were, with all below them.
  public var frozenLayers: [String] = []
  /// The number format of the network's computations: float32 or bfloat16, as nothing is trained in int8.
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
    // So that the numbers of steps and images of a run, which are products of these, stay within an Int.
    try require((1...1_000_000).contains(epochs), "epochs", "from 1 to 1,000,000", epochs)
    try require((1...1_000_000).contains(batchSize), "batch-size", "from 1 to 1,000,000", batchSize)
    try require(learningRate > 0 && learningRate.isFinite, "learning-rate", "above 0 and finite", learningRate)
    try schedule.validate(require)
    try require(weightDecay >= 0 && weightDecay.isFinite, "weight-decay", "0 or more and finite", weightDecay)
    try require((0..<1).contains(labelSmoothing), "label-smoothing", "from 0 to below 1", labelSmoothing)
    try require(
      labelSmoothing == 0 || loss == .crossEntropy, "label-smoothing", "0 with the loss \(loss.rawValue)",
      labelSmoothing)
    try require(
      gradientClipping.map { $0 > 0 && $0.isFinite } ?? true, "gradient-clipping", "above 0 and finite",
      gradientClipping ?? 0)
    try require(
      weightAveraging.map { (0..<1).contains($0) } ?? true, "weight-averaging", "from 0 to below 1",
      weightAveraging ?? 0)
    try require(
      extraShare.map { $0 > 0 && $0 < 1 } ?? true, "extra-share", "above 0 and below 1", extraShare ?? 0)
    try require(
      augmentation.mixup == 0 || loss == .crossEntropy, "mixup", "0 with the loss \(loss.rawValue)", augmentation.mixup)
    try require(
      distillation.map { (0...1).contains($0) } ?? true, "distillation", "from 0 to 1", distillation ?? 0)
    try require(
      distillation == nil || loss == .crossEntropy, "distillation", "absent with the loss \(loss.rawValue)",
      distillation ?? 0)
    try augmentation.validate(require)
    // `Runtime.withPrecision` would train in float32, and the record say int8.
    try require(precision != .int8, "precision", "float32 or bfloat16", precision.rawValue)
  }
}

extension TrainingSettings {
  /// Freezes the layers of a network that are to stay as they were.
  ///
  /// - throws: `TrainingError` where it has not one of them, or nothing would be left to train.
  public func freezeLayers(of network: Network) throws {
    let unknown = try network.parameters.freeze(frozenLayers)
    guard unknown.isEmpty else {
      var names: [Substring] = []
      for entry in network.parameters.entries {
        if let name = entry.name.split(separator: ".").first, !names.contains(name) { names.append(name) }
      }
      throw TrainingError(
        "--freeze \(unknown.joined(separator: ", ")): \(network.architecture.title) has no such layer; it has "
          + "\(names.joined(separator: ", ")) and what is below them in its state dict")
    }
    guard !network.parameters.trainable.isEmpty else {
      throw TrainingError(
        "--freeze \(frozenLayers.joined(separator: " ")): nothing of \(network.architecture.title) is left to train; "
          + "leave a layer out, for instance \(frozenLayers.last ?? "")")
    }
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
public struct TrainingError: DescribedError {
  /// What was wrong and what to do.
  public let description: String

  /// An error with a message for people.
  public init(_ description: String) { self.description = description }
}
