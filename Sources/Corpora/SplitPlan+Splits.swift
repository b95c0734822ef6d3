import Storage

extension SplitPlan {
  /// Divides the recordings: the same plan, recordings and seed give the same splits on every machine.
  ///
  /// - parameters:
  ///   - recordings: What to divide; the splits hold indices into it.
  ///   - seed: The seed of ``Method/random(testFraction:)`` and ``Method/kFold(_:)``; the others draw nothing.
  /// - throws: ``CorpusError`` where the recordings do not fit the plan: unknown speakers, too few speakers,
  ///   no recording of the corpus to test on, nothing left to train on.
  public func splits(of recordings: [Recording], seed: UInt64) throws -> [Split] {
    let splits = try divide(recordings, seed: seed)
    let identical = IdenticalRecordings(among: recordings)
    return splits.map { split in
      var split = split
      split.sharedRecordings = identical.count(
        of: split.test.map { recordings[$0] }, alsoIn: split.training.map { recordings[$0] })
      return split
    }
  }

  /// Sees, without a look into the files, that recordings can be divided, and that there are two classes to learn.
  ///
  /// - throws: as ``splits(of:seed:)``, and where all recordings are of one class.
  package func check(_ recordings: [Recording], seed: UInt64) throws {
    _ = try divide(recordings, seed: seed)
    let labels = Set(recordings.map(\.label))
    guard labels.count > 1 else {
      throw CorpusError("training needs at least two classes, found \(labels.sorted().joined(separator: ", "))")
    }
  }

  /// The same without a look into the files.
  func divide(_ recordings: [Recording], seed: UInt64) throws -> [Split] {
    let candidates = recordings.indices.filter { corpus == nil || recordings[$0].corpus == corpus }
    guard !candidates.isEmpty else {
      guard let corpus else { throw CorpusError("--split \(self): there are no recordings to divide") }
      let known = Set(recordings.map(\.corpus)).sorted().joined(separator: ", ")
      throw CorpusError(
        "--split \(self): there are no recordings of \(corpus) to divide; the corpora are \(known)")
    }
    if case .none = method {
      let name = "trained on all recordings, none left to test on"
      return [Split(name: "all", protocolName: name, speakerDisjoint: false, test: [], of: recordings)]
    }
    if method == .predefined { return [try predefined(recordings)] }
    if case .crossCorpus(let trained) = method { return try crossCorpus(recordings, trained) }
    let onlyCorpus =
      candidates.count == recordings.count
      ? "" : corpus.map { ", tested on \($0), other corpora in training only" } ?? ""
    var generator = SeededGenerator(seed: seed)
    if case .random(let fraction) = method {
      let test = Self.stratified(candidates, of: recordings, fraction: fraction, generator: &generator)
      guard !test.isEmpty else {
        throw CorpusError("--split \(self): \(candidates.count) recording(s) are too few, every class needs two")
      }
      let name = "random split, test share \(fraction), stratified by class, not speaker-disjoint\(onlyCorpus)"
      return [Split(name: "random", protocolName: name, speakerDisjoint: false, test: test, of: recordings)]
    }
    let unknown = recordings.filter { $0.speaker == nil }
    if let first = unknown.first {
      throw CorpusError(
        "--split \(self): \(unknown.count) of \(recordings.count) recordings have no known speaker (first: \(first.path)), "
          + "so that it cannot be speaker-disjoint; use a CSV with a speaker column, leave them out, or --split random")
    }
    let speakers = Dictionary(grouping: candidates) { recordings[$0].speaker ?? "" }
    let folds = try folds(of: speakers, recordings, &generator)
    let splits = folds.enumerated().compactMap { number, fold -> Split? in
      let test = fold.speakers.flatMap { speakers[$0] ?? [] }
      guard !test.isEmpty, self.fold == nil || self.fold == number + 1 else { return nil }
      return Split(
        name: fold.name, protocolName: protocolName(folds, of: speakers, onlyCorpus), speakerDisjoint: true,
        test: Set(test), of: recordings, notes: notes(on: fold, in: folds, speakers))
    }
    guard !splits.isEmpty else {
      throw CorpusError(
        "--split \(self): none of the test speakers is among the recordings (\(Self.list(speakers.keys)))")
    }
    for split in splits where split.training.isEmpty {
      throw CorpusError("--split \(self): nothing is left to train on, all recordings are of the test speakers")
    }
    return splits
  }

  /// About `fraction` of each class; at least one recording of a class stays on each side where it has two.
  static func stratified(
    _ candidates: [Int], of recordings: [Recording], fraction: Double, generator: inout SeededGenerator
  ) -> Set<Int> {
    var chosen: Set<Int> = []
    let classes = Dictionary(grouping: candidates) { recordings[$0].label }
    for (_, members) in classes.sorted(by: { $0.key < $1.key }) where members.count > 1 {
      let count = min(max(Int((Double(members.count) * fraction).rounded()), 1), members.count - 1)
      chosen.formUnion(generator.shuffled(members).prefix(count))
    }
    return chosen
  }

  /// The test side as the corpora have it; all else, what they hold back for validation too, is the training side.
  private func predefined(_ recordings: [Recording]) throws -> Split {
    let divided = Set(recordings.filter { $0.side != nil }.map(\.corpus))
    let unclear = recordings.filter { $0.side == nil && divided.contains($0.corpus) }
    if let first = unclear.first {
      throw CorpusError(
        "--split \(self): \(unclear.count) recordings are on no side (first: \(first.path)); expected train, dev or test in the "
          + "column split, or in the folder's name")
    }
    let test = Set(recordings.indices.filter { recordings[$0].side == .test })
    guard !test.isEmpty, test.count < recordings.count else {
      throw CorpusError(
        "--split \(self): expected recordings to train on and to test on, found \(recordings.count - test.count) and "
          + "\(test.count); a CSV says so in a column split (train, dev or test), a folder by folders of these names")
    }
    let protocolName = "the corpora's own split (\(divided.sorted().joined(separator: ", ")))"
    return Split(name: "predefined", protocolName: protocolName, test: test, of: recordings)
  }

  /// Training on one corpus and testing on another, on the classes that both have.
  private func crossCorpus(_ recordings: [Recording], _ trained: String?) throws -> [Split] {
    let corpora = Dictionary(grouping: recordings.indices) { recordings[$0].corpus }
    let names = corpora.keys.sorted()
    let sources = trained.map { [$0] } ?? names
    guard corpora.count > 1, sources.allSatisfy(names.contains) else {
      throw CorpusError(
        "--split \(self): it needs the corpus that is trained on and another, found \(names.joined(separator: ", "))")
    }
    return sources.flatMap { source in
      names.filter { $0 != source }.compactMap { target -> Split? in
        let training = Set(corpora[source] ?? [])
        let learned = Set(training.map { recordings[$0].label })
        let (known, unknown) = (corpora[target] ?? []).reduce(into: ([Int](), [Int]())) { sides, index in
          if learned.contains(recordings[index].label) { sides.0.append(index) } else { sides.1.append(index) }
        }
        guard !known.isEmpty else { return nil }
        let classes = Set(unknown.map { recordings[$0].label }).sorted().joined(separator: ", ")
        return Split(
          name: "cross-\(source)-\(target)", trainingName: "cross-\(source)",
          protocolName: Self.crossCorpusProtocol, test: Set(known), training: training, of: recordings,
          notes: unknown.isEmpty
            ? [] : ["\(unknown.count) recordings of \(target) left out, as \(source) has none of \(classes)"])
      }
    }
  }

  /// The name of the protocol of every cross-corpus split.
  package static let crossCorpusProtocol = "cross-corpus, trained on one and tested on another"

  private typealias Fold = (name: String, speakers: [String])

  private func folds(
    of speakers: [String: [Int]], _ recordings: [Recording], _ generator: inout SeededGenerator
  ) throws -> [Fold] {
    switch method {
    case .random, .predefined, .crossCorpus, .none: return []
    case .speakers(let names):
      let corpora = Set(recordings.map(\.corpus))
      let known = try names.map { name in
        // The corpus in front of a speaker's name may be left out where no other corpus has that name.
        let matches = speakers.keys.filter { key in
          key == name || corpora.contains { key == "\($0)-\(name)" }
        }
        guard let match = matches.first, matches.count == 1 else {
          let what = matches.isEmpty ? "no recording of \(name)" : "\(name) is in several corpora"
          throw CorpusError("--split \(self): \(what); the speakers are \(Self.list(speakers.keys))")
        }
        return match
      }
      return [("speakers", known)]
    case .leaveOneSpeakerOut:
      return speakers.keys.sorted().map { ("loso-\(folderName($0))", [$0]) }
    case .kFold(let count):
      guard count <= speakers.count else {
        throw CorpusError("--split \(self): \(count) folds need as many speakers, there are \(speakers.count)")
      }
      return balanced(speakers, recordings, count, &generator).enumerated().map { ("kfold-\($0 + 1)", $1) }
    case .named(let table):
      return table.testSpeakers.enumerated().map { ("\(table.rawValue)-\($0 + 1)", $1) }
    }
  }

  /// Deals the speakers out, those with the most recordings first, each to the fold that has the fewest of its corpus.
  private func balanced(
    _ speakers: [String: [Int]], _ recordings: [Recording], _ count: Int, _ generator: inout SeededGenerator
  ) -> [[String]] {
    struct Load {
      var speakers: [String] = []
      var ofCorpus: [String: Int] = [:]
      var total = 0
    }
    var folds = [Load](repeating: Load(), count: count)
    let dealt = generator.shuffled(speakers.keys.sorted()).map { speaker in
      let indices = speakers[speaker] ?? []
      return (speaker: speaker, size: indices.count, corpus: indices.first.map { recordings[$0].corpus } ?? "")
    }
    let order = dealt.indices.sorted {
      // The place in the shuffled order decides last, as Swift's sort does not promise to be stable.
      (dealt[$0].corpus, -dealt[$0].size, $0) < (dealt[$1].corpus, -dealt[$1].size, $1)
    }
    for (speaker, size, corpus) in order.map({ dealt[$0] }) {
      let emptiest = folds.indices.min {
        (folds[$0].ofCorpus[corpus, default: 0], folds[$0].total, $0)
          < (folds[$1].ofCorpus[corpus, default: 0], folds[$1].total, $1)
      }
      guard let emptiest else { break }
      folds[emptiest].speakers.append(speaker)
      folds[emptiest].ofCorpus[corpus, default: 0] += size
      folds[emptiest].total += size
    }
    return folds.map { $0.speakers.sorted() }
  }

  private func protocolName(_ folds: [Fold], of speakers: [String: [Int]], _ onlyCorpus: String) -> String {
    let count = folds.count
    let present = folds.indices.filter { folds[$0].speakers.contains { speakers[$0] != nil } }.map { "\($0 + 1)" }
    let some = present.count == count ? "" : "folds \(present.joined(separator: ", ")) of "
    let one = fold.map { "fold \($0) of " } ?? some
    return switch method {
    case .random: "random"
    case .predefined: "predefined"
    case .crossCorpus: "cross-corpus"
    case .none: "none"
    case .speakers(let names): "speaker-disjoint, test speakers \(names.joined(separator: ", "))"
    case .leaveOneSpeakerOut: "leave one speaker out, \(count) speakers\(onlyCorpus)"
    case .kFold: one + "\(count) speaker-disjoint folds\(onlyCorpus)"
    case .named(let table): one + "\(table.title)'s \(count) speaker-disjoint folds of RAVDESS"
    }
  }

  /// What is missing of the plan: folds that are left out, and test speakers of this fold that are not there.
  private func notes(on tested: Fold, in folds: [Fold], _ speakers: [String: [Int]]) -> [String] {
    let absent = tested.speakers.filter { speakers[$0] == nil }
    let empty = fold != nil ? [] : folds.filter { $0.speakers.allSatisfy { speakers[$0] == nil } }.map(\.name)
    return
      (empty.isEmpty
      ? []
      : ["\(empty.joined(separator: ", ")) of \(folds.count) folds left out: none of the test speakers is present"])
      + (absent.isEmpty ? [] : ["test speakers not present: \(absent.joined(separator: ", "))"])
  }

  /// A speaker's name as part of a folder's: no name leads elsewhere, and different ones stay different.
  private func folderName(_ speaker: String) -> String {
    let isPlain = !speaker.utf8.contains { $0 < 32 || $0 == UInt8(ascii: "/") } && speaker.utf8.count <= 100
    if isPlain { return speaker }
    let plain = speaker.unicodeScalars.map { $0.value < 32 || $0 == "/" ? "_" : String($0) }.joined().prefix(40)
    return "\(plain)-\(StableHash.hex(of: speaker.utf8))"
  }

  private static func list(_ speakers: some Collection<String>) -> String {
    let shown = speakers.sorted().prefix(12).map(CSV.field).joined(separator: ", ")
    return speakers.count > 12 ? "\(shown) and \(speakers.count - 12) more" : shown
  }
}
