/// Any corpus with one folder per class: the first folder below the corpus's own is the class, deeper ones are free. Folders
/// called `train`, `dev` and `test` may come before those of the classes, as in Hugging Face's audio folders.
enum FolderPerClass: NameReader {
  static let pattern = "one folder per class with audio files in it (for example angry/one.wav)"

  static func read(_ file: CorpusFile) -> NameReading? {
    guard file.components.count > 1 else { return nil }
    let side = file.components.count > 2 ? Recording.Side(written: file.components[0]) : nil
    return .recording(
      emotion: file.components[side == nil ? 0 : 1], speaker: nil, sentence: nil, identity: file.path, side: side)
  }
}
