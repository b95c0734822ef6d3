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

  /// A recording with the given facts.
  public init(path: String, label: String, speaker: String?, corpus: String, sentence: String? = nil) {
    self.path = path
    self.label = label
    self.speaker = speaker
    self.corpus = corpus
    self.sentence = sentence
  }
}

/// A file that is not used, with the reason in words.
public struct SkippedFile: Codable, Sendable, Hashable {
  /// The absolute path of the file.
  public let path: String
  /// Why it is not used.
  public let reason: String
}
