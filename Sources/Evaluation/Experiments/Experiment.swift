import Corpora
import Training

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
    public var isRandom: Bool { settings.split.hasPrefix("random") }
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

/// Which recordings of the given corpora a run uses. The first corpus is the one that is tested on.
public struct DataChoice: Sendable {
  /// What is taken from the corpora after the first.
  public enum Extra: Sendable, Equatable {
    case none
    case all
    /// As many of each, drawn by chance (paper, Table I: 256).
    case sample(Int)
  }

  /// What is taken from the corpora after the first.
  public var extra = Extra.none
  /// A corpus that is left out of the extra ones.
  public var excluded: CorpusKind?
  /// How many recordings of each corpus there may be at all: for a quick look.
  public var limit: Int?

  /// The first corpus alone.
  public init(extra: Extra = .none, without excluded: CorpusKind? = nil) {
    self.extra = extra
    self.excluded = excluded
  }

  /// The corpora with the recordings that are used; the same seed draws the same ones.
  public func apply(to corpora: [Corpus], seed: UInt64) -> [Corpus] {
    var chosen = Array(corpora.prefix(1))
    let others = corpora.dropFirst().filter { $0.kind != excluded }
    switch extra {
    case .none: break
    case .all: chosen += others
    case .sample(let count): chosen += others.map { $0.sample(count, seed: seed) }
    }
    return limit.map { limit in chosen.map { $0.sample(limit, seed: seed) } } ?? chosen
  }
}

extension SplitPlan {
  /// The random split and the speaker-disjoint one that results are compared under, both testing on the first corpus.
  static func pair(of corpora: [CorpusKind], disjoint: String?, quick: Bool) -> (random: String, disjoint: String) {
    let first = corpora.first ?? .folder
    let others = Set(corpora.dropFirst()).subtracting([first])
    let on = others.isEmpty ? "" : "@\(first.rawValue)"
    let folds = first == .ravdess ? "emobox" + (quick ? ":2" : "") : "kfold:5" + (quick ? ":1" : "") + on
    return ("random:0.2" + on, disjoint ?? folds)
  }
}
