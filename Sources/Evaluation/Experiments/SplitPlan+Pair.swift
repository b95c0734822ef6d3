import Corpora

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
