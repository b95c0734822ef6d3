/// One division of recordings into a training and a test side, with what is known about leaks between the two.
public struct Split: Codable, Sendable, Equatable {
  /// Which split of its protocol it is, fit for a folder's name: `emobox-3`.
  public let name: String
  /// The name that all splits with this training side share, for what is trained once for all of them.
  public let trainingName: String
  /// The protocol in words, the same for all its folds.
  public let protocolName: String
  /// Whether the protocol keeps each speaker on one side.
  public let speakerDisjoint: Bool
  /// The training side, as ascending indices into the recordings that were split.
  public let training: [Int]
  /// The test side, as ascending indices into the recordings that were split.
  public let test: [Int]
  /// What a reader of the result must know: classes missing on a side, test speakers that are not there.
  public let notes: [String]
  /// The number of speakers on both sides.
  public let sharedSpeakers: Int
  /// The number of sentences on both sides; nil where no recording's is known.
  public let sharedSentences: Int?
  /// The number of test recordings that are also in training, identical to the byte; nil where nobody looked.
  public internal(set) var sharedRecordings: Int?
  /// The number of recordings whose speaker is unknown.
  public let unknownSpeakers: Int

  /// Whether some speaker is on both sides.
  public var sharesSpeakers: Bool { sharedSpeakers > 0 }
  /// Whether some sentence is on both sides.
  var sharesSentences: Bool { (sharedSentences ?? 0) > 0 }

  /// In one sentence, what the two sides share and whether that flatters the result.
  public var leakage: String {
    var parts: [String] = []
    if let sharedRecordings, sharedRecordings > 0 {
      parts.append(
        "\(sharedRecordings) test recording(s) also in training, identical to the byte: the result flatters the model")
    }
    if sharesSpeakers { parts.append("\(sharedSpeakers) speaker(s) on both sides: the result flatters the model") }
    if unknownSpeakers > 0 {
      parts.append("\(unknownSpeakers) recording(s) of unknown speakers, perhaps on both sides")
    }
    if !sharesSpeakers, unknownSpeakers == 0 { parts.append("no speaker on both sides") }
    if let sharedSentences, sharesSentences { parts.append("\(sharedSentences) sentence(s) on both sides") }
    return parts.joined(separator: "; ")
  }

  /// A split of `recordings` with the given test side; the others, or `training` if given, are the training side.
  ///
  /// - parameter speakerDisjoint: Whether the protocol keeps each speaker on one side; nil where the recordings tell.
  init(
    name: String, trainingName: String? = nil, protocolName: String, speakerDisjoint: Bool? = nil, test: Set<Int>,
    training: Set<Int>? = nil, of recordings: [Recording], notes: [String] = []
  ) {
    self.name = name
    self.trainingName = trainingName ?? name
    self.protocolName = protocolName
    self.test = test.sorted()
    self.training = training?.sorted() ?? recordings.indices.filter { !test.contains($0) }

    let trained = self.training.map { recordings[$0] }
    let tested = self.test.map { recordings[$0] }
    sharedSpeakers = Set(trained.compactMap(\.speaker)).intersection(tested.compactMap(\.speaker)).count
    let sentences = (Set(trained.compactMap(\.sentence)), Set(tested.compactMap(\.sentence)))
    sharedSentences =
      sentences.0.isEmpty && sentences.1.isEmpty ? nil : sentences.0.intersection(sentences.1).count
    unknownSpeakers = (trained + tested).count { $0.speaker == nil }
    self.speakerDisjoint = speakerDisjoint ?? (sharedSpeakers == 0 && unknownSpeakers == 0)

    let trainedLabels = Set(trained.map(\.label))
    let testedLabels = Set(tested.map(\.label))
    func list(_ labels: Set<String>) -> String { labels.sorted().joined(separator: ", ") }
    let unlearned = trained.isEmpty ? [] : testedLabels.subtracting(trainedLabels)
    let untested = tested.isEmpty ? [] : trainedLabels.subtracting(testedLabels)
    self.notes =
      notes
      + (unlearned.isEmpty ? [] : ["warning: no training recording of \(list(unlearned)), which the test side has"])
      + (untested.isEmpty ? [] : ["no test recording of \(list(untested))"])
  }
}

extension Split {
  /// Everything on the test side, to judge a model that was trained elsewhere.
  public static func testing(all recordings: [Recording]) -> Split {
    Split(
      name: "all", protocolName: "all recordings given, by a model trained elsewhere", speakerDisjoint: false,
      test: Set(recordings.indices), training: [], of: recordings)
  }

  /// Divides the training side once more, to choose settings and the best epoch without a look at the test side.
  ///
  /// The validation side is drawn from the test side's corpora where the training side has them. It is
  /// speaker-disjoint where this split is and at least two speakers are left, else stratified by class.
  ///
  /// - parameters:
  ///   - recordings: The recordings that this split divides.
  ///   - fraction: The share of the drawn-from recordings to validate on, between 0 and 1.
  ///   - seed: The seed of the draw.
  /// - returns: A split whose two sides together are this split's training side; its test side is the validation side.
  /// - throws: ``CorpusError`` where the fraction is not between 0 and 1, or too few recordings are left.
  public func validation(of recordings: [Recording], fraction: Double = 0.2, seed: UInt64) throws -> Split {
    try SplitPlan.checkFraction(fraction, in: "--validation")
    let testCorpora = Set(test.map { recordings[$0].corpus })
    let alike = training.filter { testCorpora.contains(recordings[$0].corpus) }
    var generator = SeededGenerator(seed: seed)
    // Splits that share a training must hold the same side back, whatever is known of their test speakers.
    let isDisjoint =
      speakerDisjoint || (trainingName != name && training.allSatisfy { recordings[$0].speaker != nil })
    for candidates in [alike, training] where isDisjoint {
      let speakers = Set(candidates.compactMap { recordings[$0].speaker })
      guard speakers.count > 1 else { continue }
      let wanted = Double(candidates.count) * fraction
      var chosen: Set<Int> = []
      for speaker in generator.shuffled(speakers.sorted()).dropLast() {
        let theirs = candidates.filter { recordings[$0].speaker == speaker }
        // Stops where one more speaker would lead further away from the share than it now is.
        if !chosen.isEmpty, Double(chosen.count) + Double(theirs.count) / 2 > wanted { break }
        chosen.formUnion(theirs)
      }
      return inner(chosen, "speaker-disjoint", speakerDisjoint: true, of: recordings)
    }
    let candidates = alike.isEmpty ? training : alike
    let chosen = SplitPlan.stratified(candidates, of: recordings, fraction: fraction, generator: &generator)
    guard !chosen.isEmpty else {
      throw CorpusError(
        "--validation: the training side of \(name) has too few recordings (\(training.count)) to hold some back; give none"
      )
    }
    return inner(chosen, "random, stratified by class", speakerDisjoint: false, of: recordings)
  }

  /// Divides the training side once more, as its corpora themselves have it, see ``Recording/side``.
  ///
  /// - throws: ``CorpusError`` where they hold nothing back for validation, or everything.
  public func predefinedValidation(of recordings: [Recording]) throws -> Split {
    let chosen = Set(training.filter { recordings[$0].side == .validation })
    guard !chosen.isEmpty, chosen.count < training.count else {
      throw CorpusError(
        "--validation predefined: the corpora hold \(chosen.count) of \(training.count) recordings back for validation (dev in the "
          + "column split, or a folder of this name); give --validation a share such as 0.1, or none")
    }
    return inner(chosen, "as the corpora have it", of: recordings)
  }

  private func inner(
    _ chosen: Set<Int>, _ how: String, speakerDisjoint: Bool? = nil, of recordings: [Recording]
  ) -> Split {
    Split(
      name: "\(name)-validation", protocolName: "validation inside \(name), \(how)",
      speakerDisjoint: speakerDisjoint, test: chosen, training: Set(training).subtracting(chosen), of: recordings)
  }
}
