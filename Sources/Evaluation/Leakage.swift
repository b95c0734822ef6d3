import Corpora

/// What a model's training and a test side share, which flatters the model.
public struct Leakage: Codable, Sendable, Equatable {
  /// The number of speakers on both sides.
  public let sharedSpeakers: Int
  /// The number of sentences on both sides; nil where they are not known.
  public let sharedSentences: Int?
  /// The number of test recordings that are also in training, identical to the byte; nil where nobody looked.
  public let sharedRecordings: Int?
  /// The number of recordings whose speaker is unknown, and may be on both sides.
  public let unknownSpeakers: Int

  /// What is known of a test side and a model that was trained elsewhere.
  public init(sharedSpeakers: Int, sharedSentences: Int? = nil, sharedRecordings: Int?, unknownSpeakers: Int) {
    self.sharedSpeakers = sharedSpeakers
    self.sharedSentences = sharedSentences
    self.sharedRecordings = sharedRecordings
    self.unknownSpeakers = unknownSpeakers
  }

  /// What a split's sides share; nil where it has no training side.
  init?(_ split: Split) {
    guard !split.training.isEmpty else { return nil }
    self.init(
      sharedSpeakers: split.sharedSpeakers, sharedSentences: split.sharedSentences,
      sharedRecordings: split.sharedRecordings, unknownSpeakers: split.unknownSpeakers)
  }

  /// Whether speakers may be on both sides, though none is known to be.
  package var sharesSpeakersPerhaps: Bool { sharedSpeakers == 0 && unknownSpeakers > 0 }

  /// The largest of each number.
  package init?(largestOf parts: [Leakage]) {
    guard !parts.isEmpty else { return nil }
    self.init(
      sharedSpeakers: parts.map(\.sharedSpeakers).max() ?? 0,
      sharedSentences: parts.compactMap(\.sharedSentences).max(),
      sharedRecordings: parts.compactMap(\.sharedRecordings).max(),
      unknownSpeakers: parts.map(\.unknownSpeakers).max() ?? 0)
  }

  /// In a few words, for tables and titles: `20 speakers, 2 sentences`, or `nothing`.
  public var summary: String {
    func count(_ number: Int, _ name: String) -> String? {
      number == 0 ? nil : "\(number) \(name)\(number == 1 ? "" : "s")"
    }
    let parts = [
      count(sharedSpeakers, "speaker"), count(sharedSentences ?? 0, "sentence"),
      count(sharedRecordings ?? 0, "identical recording"), unknownSpeakers > 0 ? "speakers partly unknown" : nil,
    ].compactMap(\.self)
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
  }
}
