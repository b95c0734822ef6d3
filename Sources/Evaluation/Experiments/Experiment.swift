import Corpora

/// One of the paper's experiments: a question, and a declared list of runs that answers it.
public struct Experiment: Sendable {
  /// Which experiment it is.
  public enum Name: String, CaseIterable, Sendable {
    case representation, whitening, architectures
    case dataMix = "data-mix"
    case schedules, losses
    case batchSize = "batch-size"
    case ensemble
    case furtherWork = "further-work"
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
