import Foundation

/// What is wrong with a corpus, a manifest or a split, and what to do about it, in words for the person at the keyboard.
public struct CorpusError: LocalizedError, CustomStringConvertible, Sendable {
  /// The whole message.
  public let description: String

  /// The whole message, for Foundation's error printing.
  public var errorDescription: String? { description }

  init(_ description: String) {
    self.description = description
  }
}
