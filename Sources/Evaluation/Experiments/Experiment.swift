import Corpora

/// One of the paper's experiments: a question, and a declared list of runs that answers it.
public struct Experiment: Sendable {
  /// The name of an experiment, in the paper's order.
  public enum Name: String, CaseIterable, Sendable {
    /// Which three channels an image has.
    case representation
    /// Whether, and over what, spectrograms are whitened.
    case whitening
    /// Which network is trained.
    case architectures
    /// Which corpora are added to the training side.
    case dataMix = "data-mix"
    /// How the learning rate goes over the epochs.
    case schedules
    /// Which loss is minimised.
    case losses
    /// How many recordings a step sees.
    case batchSize = "batch-size"
    /// One network against the mean of several.
    case ensemble
    /// What the paper's conclusions propose: a ResNet, a recurrent network, an SVM.
    case furtherWork = "further-work"
    /// One setting under every split; not in the paper.
    case protocols
  }

  /// One training and judging under one protocol.
  public struct Run: Sendable {
    /// Its name, fit for a folder.
    public let name: String
    /// What it is, for a table's row.
    public let title: String
    /// Everything that decides its result, apart from the recordings.
    public let settings: RunSettings
    /// Which of the corpora it uses.
    public let data: DataChoice
    /// The accuracy that the paper reports, 0 to 1; nil where it reports none.
    public let paperWA: Double?
    /// Whether its protocol shares speakers between the sides, as the paper's does.
    public var isRandom: Bool { (try? SplitPlan(settings.split).isSpeakerDisjoint) == false }
  }

  /// Which experiment it is.
  public let name: Name
  /// Its name for people.
  public let title: String
  /// Where the paper describes it.
  public let paperSection: String
  /// What it asks.
  public let question: String
  /// What the paper answers.
  public let claim: String
  /// The runs, in order.
  public let runs: [Run]
}
