/// A corpus as it lies on this machine: the recordings that can be used, and the files that cannot, with the reason.
///
///     let corpus = try Corpus.read(CorpusSource("ravdess=/data/ravdess"))
///     print(corpus.recordings.count, corpus.skipped.count)
public struct Corpus: Sendable {
  /// Where it was read, and how.
  public let source: CorpusSource
  /// The recordings, sorted by path.
  public let recordings: [Recording]
  /// The files that are no recordings of the corpus, sorted by path.
  public let skipped: [SkippedFile]
  /// What somebody counts on and yet cannot be used, sorted by path: a recording that a manifest names in vain, a sound
  /// file that cannot be reached.
  public let unusable: [SkippedFile]
  /// What a reader of figures must know of how it was read: which labels became one class.
  public let notes: [String]

  /// How its files are named.
  public var kind: CorpusKind { source.kind }
  /// What it is called.
  public var name: String { source.name }
  /// The absolute path of its folder or manifest.
  public var directory: String { source.path }

  /// Reads a corpus from its files' names (or its manifest); no audio is opened.
  ///
  /// - throws: ``CorpusError`` where the folder is missing or unreadable or holds no recording of the corpus,
  ///   or the manifest has a bad line.
  public static func read(_ source: CorpusSource) throws -> Corpus {
    let corpus =
      if let reader = source.kind.nameReader {
        try read(source, with: reader)
      } else {
        try Manifest.read(source)
      }
    guard corpus.recordings.isEmpty else { return corpus }
    let expected = source.kind.nameReader?.pattern ?? Manifest.pattern
    let unused = corpus.unusable + corpus.skipped
    let example = unused.first.map { "; \(unused.count) files skipped, \($0.path): \($0.reason)" } ?? ""
    throw CorpusError("\(source): no recordings; expected \(expected)\(example)")
  }

  /// A part of the corpus, drawn by chance: the same seed draws the same recordings.
  ///
  /// - Parameter count: how many recordings; all of them where there are fewer.
  public func sample(_ count: Int, seed: UInt64) -> Corpus {
    var generator = SeededGenerator(seed: seed)
    let drawn = generator.shuffled(recordings).prefix(count).sorted { $0.path < $1.path }
    return Corpus(source: source, recordings: drawn, skipped: skipped, unusable: unusable, notes: notes)
  }

  private static func read(_ source: CorpusSource, with reader: NameReader.Type) throws -> Corpus {
    let files = try CorpusFile.all(below: source.path)
    guard !files.isEmpty else {
      throw CorpusError("\(source): there is no file in the folder; expected \(reader.pattern)")
    }
    let prefix = source.name
    var recordings: [Recording] = []
    var (skipped, unusable): ([SkippedFile], [SkippedFile]) = ([], [])
    var kept: Set<String> = []
    var labels = WrittenLabels()
    // Lossless files first, so that they are the copies that are kept.
    for file in files.filter({ !$0.isLossy }) + files.filter(\.isLossy) {
      if file.isLostRecording, let obstacle = file.obstacle {
        unusable.append(SkippedFile(path: file.path, reason: obstacle))
        continue
      }
      let reason: String
      switch file.obstacle.map({ NameReading.dropped($0) }) ?? reader.read(file) {
      case .dropped(let why)?:
        reason = why
      case _ where !file.isAudio:
        reason = "not an audio file"
      case .none:
        reason = "the name is not \(reader.pattern)"
      case .recording(let emotion, let speaker, let sentence, let identity, let side)?:
        // Some published archives hold every recording twice, in two folders.
        guard !kept.insert(identity).inserted else {
          recordings.append(
            Recording(
              path: file.path, label: labels.label(for: emotion), speaker: speaker.map { "\(prefix)-\($0)" },
              corpus: prefix, sentence: sentence.map { "\(prefix)-\($0)" }, side: side))
          continue
        }
        reason = "a second copy of a recording that is read already"
      }
      skipped.append(SkippedFile(path: file.path, reason: reason))
    }
    return Corpus(
      source: source, recordings: recordings.sorted { $0.path < $1.path },
      skipped: skipped.sorted { $0.path < $1.path }, unusable: unusable.sorted { $0.path < $1.path },
      notes: labels.notes(on: prefix))
  }
}
