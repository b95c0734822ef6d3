extension Split {
  /// Folds inside a training side, for settings that are chosen by cross-validation without a look at the test side.
  ///
  /// Five, or as many as there are speakers or recordings where those are fewer; speaker-disjoint where all speakers are
  /// known and there are at least two, else stratified by class.
  ///
  /// - parameters:
  ///   - training: The recordings of the training side.
  ///   - seed: The seed of the draw.
  /// - returns: The folds' test sides as ascending indices into `training`; together they hold each recording once.
  /// - throws: ``CorpusError`` where there are fewer than two folds to be made.
  public static func innerFolds(of training: [Recording], seed: UInt64) throws -> [[Int]] {
    let count = 5
    let speakers = Set(training.map(\.speaker))
    if speakers.count > 1, !speakers.contains(nil) {
      return try SplitPlan("kfold:\(min(count, speakers.count))").divide(training, seed: seed).map(\.test)
    }
    guard min(count, training.count) > 1 else {
      throw CorpusError("\(training.count) training recording(s) are too few to make inner folds of")
    }
    var generator = SeededGenerator(seed: seed)
    let classes = Dictionary(grouping: training.indices) { training[$0].label }.sorted { $0.key < $1.key }
    // Dealt class by class without a break, so that the folds differ by one recording at most.
    let dealt = classes.flatMap { generator.shuffled($0.value) }
    let folds = min(count, training.count)
    return (0..<folds).map { fold in stride(from: fold, to: dealt.count, by: folds).map { dealt[$0] }.sorted() }
  }
}
