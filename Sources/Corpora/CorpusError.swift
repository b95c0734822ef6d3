import Storage

/// What is wrong with a corpus, a manifest or a split, and what to do about it, in words for the person at the keyboard.
public struct CorpusError: DescribedError {
  /// The whole message.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
