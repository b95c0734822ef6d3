/// CREMA-D (Cao et al. 2014): `1001_DFA_ANG_XX.wav`, actor, sentence, emotion, level.
enum CREMAD: NameReader {
  static let pattern = "1001_DFA_ANG_XX.wav (actor 1001 to 1091, sentence, ANG DIS FEA HAP NEU SAD, level)"

  static func read(_ file: CorpusFile) -> NameReading? {
    let parts = file.stem.uppercased().split(separator: "_", omittingEmptySubsequences: false).map(String.init)
    // The level is not looked at: one published file has X for XX (1040_ITH_SAD_X.wav).
    guard parts.count == 4, let actor = Int(parts[0]), (1001...1091).contains(actor), parts[1].count == 3,
      let emotion = emotions[parts[2]]
    else { return nil }
    let name = parts.joined(separator: "_")
    guard !silent.contains(name) else { return .dropped("known bad recording of CREMA-D, without speech") }
    return .recording(emotion: emotion.rawValue, speaker: parts[0], sentence: parts[1], identity: name)
  }

  private static let emotions: [String: Emotion] = [
    "ANG": .angry, "DIS": .disgust, "FEA": .fearful, "HAP": .happy, "NEU": .neutral, "SAD": .sad,
  ]
  private static let silent: Set = ["1076_MTI_NEU_XX", "1076_MTI_SAD_XX", "1064_TIE_SAD_XX", "1064_IEO_DIS_MD"]
}
