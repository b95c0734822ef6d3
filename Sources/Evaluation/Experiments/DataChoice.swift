import Corpora

/// Which recordings of the given corpora a run uses. The first corpus is the one that is tested on.
public struct DataChoice: Sendable {
  /// What is taken from the corpora after the first.
  public enum Extra: Sendable, Equatable {
    /// Nothing: the first corpus alone.
    case none
    /// All of their recordings.
    case all
    /// As many of each, drawn by chance (paper, Table I: 256).
    case sample(Int)
  }

  /// What is taken from the corpora after the first.
  public var extra = Extra.none
  /// The kind of a corpus that is left out of the extra ones, whatever it is called.
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
