/// One labelled recording of a corpus: where it is, what was felt, who spoke and what was said.
public struct Recording: Codable, Sendable, Hashable {
  /// The absolute path of the audio file.
  public let path: String
  /// The class: an ``Emotion``'s raw value in the known corpora, any class name in a folder or a CSV.
  public let label: String
  /// Who spoke, unique across corpora (`ravdess-02`); nil where the corpus does not say.
  public let speaker: String?
  /// The corpus, by its ``CorpusSource/name``.
  public let corpus: String
  /// What was said, by an identifier unique across corpora (`crema-d-ITH`); nil where the corpus does not say.
  public let sentence: String?
  /// The side that the corpus itself puts it on; nil where the corpus does not say.
  public let side: Side?

  /// A side of a split.
  public enum Side: String, Codable, Sendable, Hashable {
    case training, validation, test

    /// The side that a manifest or a folder calls by one of the usual words, in capital or small letters; nil for others.
    init?(written word: String) {
      switch word.lowercased() {
      case "train", "training": self = .training
      case "dev", "devel", "development", "val", "valid", "validation": self = .validation
      case "test", "testing": self = .test
      default: return nil
      }
    }
  }

  /// A recording with the given facts.
  public init(
    path: String, label: String, speaker: String?, corpus: String, sentence: String? = nil, side: Side? = nil
  ) {
    self.path = path
    self.label = label
    self.speaker = speaker
    self.corpus = corpus
    self.sentence = sentence
    self.side = side
  }
}

/// A file that is not used, with the reason in words.
public struct SkippedFile: Codable, Sendable, Hashable {
  /// The absolute path of the file.
  public let path: String
  /// Why it is not used.
  public let reason: String
}
