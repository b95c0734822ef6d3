/// How one corpus writes emotion, speaker and sentence into its files' names.
protocol NameReader {
  /// What its files are called, for messages.
  static var pattern: String { get }
  /// What the name says; nil where it is not of the pattern.
  static func read(_ file: CorpusFile) -> NameReading?
}

/// What a file's name says.
enum NameReading {
  /// A recording, with its emotion by any of its names; `identity` is the same for a second copy elsewhere in the corpus.
  case recording(
    emotion: String, speaker: String?, sentence: String?, identity: String, side: Recording.Side? = nil)
  /// A file of the corpus that is left out, with the reason.
  case dropped(String)
}

extension CorpusKind {
  /// The reader of names; nil for a manifest, which says everything itself.
  var nameReader: NameReader.Type? {
    switch self {
    case .ravdess: RAVDESS.self
    case .savee: SAVEE.self
    case .tess: TESS.self
    case .cremaD: CREMAD.self
    case .emoDB: EmoDB.self
    case .folder: FolderPerClass.self
    case .csv: nil
    }
  }
}
