/// TESS (Pichora-Fuller & Dupuis 2020): `OAF_word_emotion.wav`; the folders' names vary in case and are not looked at.
enum TESS: NameReader {
  static let pattern = "OAF_word_emotion.wav or YAF_word_emotion.wav (ps is surprised)"

  static func read(_ file: CorpusFile) -> NameReading? {
    let parts = file.stem.split(separator: "_", maxSplits: 2).map { $0.lowercased() }
    guard parts.count == 3, let speaker = speakers[parts[0]],
      let emotion = Emotion(rawValue: Emotion.label(for: parts[2]))
    else { return nil }
    return .recording(
      emotion: emotion.rawValue, speaker: speaker, sentence: parts[1],
      identity: "\(speaker)_\(parts[1])_\(emotion.rawValue)")
  }

  // One published file lacks the F: OA_bite_neutral.wav.
  private static let speakers = ["oaf": "OAF", "oa": "OAF", "yaf": "YAF", "ya": "YAF"]
}
