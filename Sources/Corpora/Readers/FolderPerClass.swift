/// Any corpus with one folder per class: the first folder below the corpus's own is the class, deeper ones are free.
enum FolderPerClass: NameReader {
  static let pattern = "one folder per class with audio files in it (for example angry/one.wav)"

  static func read(_ file: CorpusFile) -> NameReading? {
    guard file.components.count > 1 else { return nil }
    return .recording(emotion: file.components[0], speaker: nil, sentence: nil, identity: file.path)
  }
}
