/// The eight classes of the method, in RAVDESS's order 01 to 08, which is also the order of the network's outputs.
public enum Emotion: String, CaseIterable, Codable, Sendable {
  case neutral, calm, happy, sad, angry, fearful, disgust, surprised

  /// The label under which a class name is kept: common names of the eight emotions become their raw value
  /// ("Fear" and "anxiety" are "fearful", "ps" is "surprised"), any other name is trimmed and put in lower case.
  public static func label(for name: some StringProtocol) -> String {
    let label = trimmed(name)
    return (Emotion(rawValue: label) ?? synonyms[label])?.rawValue ?? label
  }

  /// Labels, each once: the eight emotions in their order, then any others by name.
  package static func ordered(_ labels: some Sequence<String>) -> [String] {
    let found = Set(labels)
    let emotions = allCases.map(\.rawValue)
    return emotions.filter(found.contains) + found.subtracting(emotions).sorted()
  }

  /// A class name in lower case, with one underscore between its words.
  static func trimmed(_ name: some StringProtocol) -> String {
    name.lowercased().split { $0.isWhitespace || $0 == "_" || $0 == "-" }.joined(separator: "_")
  }

  private static let synonyms: [String: Emotion] = [
    "neu": .neutral,
    "calmness": .calm,
    "happiness": .happy, "hap": .happy, "joy": .happy,
    "sadness": .sad,
    "anger": .angry, "ang": .angry,
    "fear": .fearful, "fea": .fearful, "anxiety": .fearful,
    "disgusted": .disgust, "dis": .disgust,
    "surprise": .surprised, "sur": .surprised, "ps": .surprised, "pleasant_surprise": .surprised,
    "pleasant_surprised": .surprised,
  ]
}
