import ArgumentParser
import Torch
import Training

/// All settings of a training; what is not given comes from the recipe.
///
/// Numbers are parsed unconditionally, as negative ones look like options: their ranges are checked behind.
struct TrainingOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "Passes over the training side.") var epochs: Int?
  @Option(parsing: .unconditional, help: "Images per step.") var batchSize: Int?
  @Option(parsing: .unconditional, help: "The schedule's highest learning rate.") var learningRate: Double?
  @Option(
    help: ArgumentHelp(
      "How the learning rate changes: constant, steps:EVERY:FACTOR (epochs), triangular:PERIOD:LOW (epochs, share), "
        + "one-cycle[:WARMUP] or cosine.", valueName: "SCHEDULE"))
  var schedule: Schedule?
  @Option(parsing: .unconditional, help: "AdamW's weight decay.") var weightDecay: Double?
  @Option(help: "The loss.") var loss: LossFunction?
  @Option(parsing: .unconditional, help: "The share of each target that is spread over all classes.")
  var labelSmoothing: Double?
  @Option(parsing: .unconditional, help: "The largest norm of the gradients; 0 leaves them as they are.")
  var gradientClipping: Double?
  @Option(
    parsing: .unconditional,
    help: "The decay of a moving average of the weights, which is then kept instead; 0 for none.")
  var weightAveraging: Double?
  @Option(parsing: .unconditional, help: "Augmentation: the furthest roll along time, in frames.") var timeShift: Int?
  @Option(parsing: .unconditional, help: "Augmentation: the furthest move along mel, in bins.") var frequencyShift: Int?
  @Option(
    parsing: .unconditional,
    help: "Augmentation: the largest relative change of a voice's frequencies (vocal tract length perturbation).")
  var vocalTract: Double?
  @Option(parsing: .unconditional, help: "Augmentation: the largest relative change of the pace.") var tempo: Double?
  @Option(parsing: .unconditional, help: "Augmentation: the largest relative change of speed, pitch and pace together.")
  var speed: Double?
  @Option(parsing: .unconditional, help: "Augmentation: the longest run of blanked frames.") var timeMask: Int?
  @Option(parsing: .unconditional, help: "Augmentation: the widest band of blanked mel bins.") var frequencyMask: Int?
  @Option(parsing: .unconditional, help: "Augmentation: the largest relative change of contrast.") var gain: Double?
  @Option(
    parsing: .unconditional,
    help:
      "Augmentation: the share of images made from the recording after lossy coding (MP3, Opus, Vorbis, a lower rate)."
  )
  var lossyCoding: Double?
  @Option(
    parsing: .unconditional, help: "Augmentation: the parameter of mixup's beta distribution, 0 to 4; 0 for none.")
  var mixup: Double?
  @Flag(inversion: .prefixedNo, help: "Draw equally many images of each class in an epoch.") var classBalanced: Bool?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The share of an epoch's images (with --class-balanced, of each class's) that is drawn from corpora other than the "
        + "first; images are then drawn at random, not taken once each. 0 treats all corpora alike.",
      valueName: "SHARE"))
  var extraShare: Double?
  @Option(parsing: .unconditional, help: "With --teacher, the share of each target that is the teacher's answer.")
  var distillation: Double?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Keep these layers, and all below them, as they are, e.g. features.0 or conv1.", valueName: "LAYER"))
  var freeze: [String] = []
  @Option(
    help: "The number format: float32 or bfloat16, by default whichever is faster here.", transform: trainable)
  var precision: Precision?
  @Flag(inversion: .prefixedNo, help: "Keep channels innermost in memory, which is faster on most processors.")
  var channelsLast: Bool?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The seed of the split, the head's start, the order of images, dropout and augmentation; member N has the seed plus "
        + "N - 1, so that runs that are to be one ensemble need seeds at least --members apart."))
  var seed: UInt64?

  /// The recipe's settings with what was given put in.
  func settings(_ recipe: TrainingSettings, on device: Device) -> TrainingSettings {
    var settings = recipe
    settings.precision = .preferred(on: device)
    func put<Value>(_ value: Value?, _ path: WritableKeyPath<TrainingSettings, Value>) {
      if let value { settings[keyPath: path] = value }
    }
    put(epochs, \.epochs)
    put(batchSize, \.batchSize)
    put(learningRate, \.learningRate)
    put(schedule, \.schedule)
    put(weightDecay, \.weightDecay)
    put(loss, \.loss)
    put(labelSmoothing, \.labelSmoothing)
    put(timeShift, \.augmentation.timeShift)
    put(frequencyShift, \.augmentation.frequencyShift)
    put(vocalTract, \.augmentation.vocalTract)
    put(tempo, \.augmentation.tempo)
    put(speed, \.augmentation.speed)
    put(timeMask, \.augmentation.timeMask)
    put(frequencyMask, \.augmentation.frequencyMask)
    put(gain, \.augmentation.gain)
    put(lossyCoding, \.augmentation.lossyCoding)
    put(mixup, \.augmentation.mixup)
    put(classBalanced, \.isClassBalanced)
    put(precision, \.precision)
    put(channelsLast, \.isChannelsLast)
    put(seed, \.seed)
    if let distillation { settings.distillation = distillation }
    if let gradientClipping { settings.gradientClipping = gradientClipping == 0 ? nil : gradientClipping }
    if let extraShare { settings.extraShare = extraShare == 0 ? nil : extraShare }
    if let weightAveraging { settings.weightAveraging = weightAveraging == 0 ? nil : weightAveraging }
    if !freeze.isEmpty { settings.frozenLayers = freeze }
    return settings
  }
}

/// A number format that networks can be trained in.
func trainable(_ argument: String) throws -> Precision {
  guard let precision = Precision(rawValue: argument), precision != .int8 else {
    throw ValidationError("networks are trained in float32 or bfloat16")
  }
  return precision
}

extension LossFunction: ExpressibleByArgument {}

extension Schedule: ExpressibleByArgument {
  /// Reads the forms that the help of `--schedule` names; their ranges are checked with the other settings.
  public init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("constant", 1): self = .constant
    case ("cosine", 1): self = .cosine
    case ("one-cycle", 1): self = .oneCycle(warmUp: 0.3)
    case ("one-cycle", 2):
      guard let warmUp = Double(parts[1]) else { return nil }
      self = .oneCycle(warmUp: warmUp)
    case ("steps", 3):
      guard let every = Int(parts[1]), let factor = Double(parts[2]) else { return nil }
      self = .steps(every: every, factor: factor)
    case ("triangular", 3):
      guard let period = Int(parts[1]), let low = Double(parts[2]) else { return nil }
      self = .triangular(period: period, low: low)
    default: return nil
    }
  }
}
