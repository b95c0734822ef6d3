import Corpora

extension SplitPlan {
  /// The random split and the speaker-disjoint one that results are compared under, both testing on the first corpus; no
  /// second one where nobody knows its speakers, or there is one alone.
  static func pair(_ choices: ExperimentChoices) -> (random: String, disjoint: String?) {
    let on = choices.corpora.count > 1 ? "@\(choices.testedName)" : ""
    let random = "random:0.2" + on
    if let disjoint = choices.disjointSplit { return (random, disjoint) }
    guard let speakers = choices.speakers, speakers > 1 else { return (random, nil) }
    if choices.hasPublishedFolds { return (random, "emobox" + (choices.isQuick ? ":2" : "")) }
    // Leaving out one speaker after the other takes a training for each: too many for a quick look.
    if choices.isQuick { return (random, "kfold:\(min(speakers, 5)):1" + on) }
    return (random, (speakers < 10 ? "loso" : "kfold:5") + on)
  }
}
