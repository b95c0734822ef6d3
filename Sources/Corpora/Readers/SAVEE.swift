/// SAVEE (Haq & Jackson): `DC/a01.wav` as published, `DC_a01.wav` in the flat copies.
enum SAVEE: NameReader {
  static let pattern = "DC/a01.wav or DC_a01.wav (speakers DC, JE, JK, KL; letters a d f h n sa su)"

  static func read(_ file: CorpusFile) -> NameReading? {
    let parts = file.stem.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count <= 2, let code = parts.last?.lowercased() else { return nil }
    let speaker = (parts.count == 2 ? String(parts[0]) : file.folder).uppercased()
    let letters = code.prefix { $0.isLetter }
    let digits = code.dropFirst(letters.count)
    guard ["DC", "JE", "JK", "KL"].contains(speaker), let emotion = emotions[String(letters)],
      digits.count == 2, let number = Int(digits)
    else { return nil }
    // The first three sentences are the same in every emotion, the others belong to their emotion. The neutral recordings
    // repeat some of those, which their names do not say: so many shared sentences are not counted.
    let sentence = number <= 3 ? String(digits) : code
    return .recording(emotion: emotion.rawValue, speaker: speaker, sentence: sentence, identity: "\(speaker)_\(code)")
  }

  private static let emotions: [String: Emotion] = [
    "a": .angry, "d": .disgust, "f": .fearful, "h": .happy, "n": .neutral, "sa": .sad, "su": .surprised,
  ]
}
