/// What one epoch brought; a line of `epochs.jsonl`.
public struct EpochRecord: Codable, Sendable, Equatable {
  /// From 1.
  public let epoch: Int
  /// At the epoch's last step.
  public let learningRate: Double
  /// The mean over the epoch's steps, with dropout and augmentation.
  public let trainingLoss: Double
  /// The share of the epoch's images that were told rightly, with dropout and augmentation.
  public let trainingAccuracy: Double
  /// Over the validation side; nil where there is none.
  public let validationLoss: Double?
  /// The share of the validation side that was told rightly (WA).
  public let validationAccuracy: Double?
  /// The mean recall over the classes of the validation side (UAR).
  public let validationUAR: Double?
  /// The time of the epoch's training steps.
  public let seconds: Double
  /// Images trained per second.
  public let imagesPerSecond: Double
  /// The share of the training time that the network waited for images.
  public let loadingShare: Double
}

/// Which weights of a training are the result.
public enum ReportedEpoch: String, Codable, Sendable, CaseIterable {
  case last
  /// The epoch of the highest validation UAR; of equals, the last.
  case best
}

/// What a training run tells while it runs.
public enum TrainingEvent: Sendable {
  /// The run goes on after this many epochs of an earlier one.
  case resumed(epochs: Int)
  /// One more step of an epoch is done, with so many images, as each step has.
  case step(epoch: Int, step: Int, of: Int, images: Int, loss: Double)
  /// One more epoch is done.
  case epoch(EpochRecord)
}
