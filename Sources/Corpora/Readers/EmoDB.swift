/// EmoDB (Burkhardt et al. 2005): `03a01Wa.wav`, speaker, text, German letter of the emotion, version.
enum EmoDB: NameReader {
  static let pattern = "03a01Wa.wav (speaker, text, W A E F T N or L, version)"

  static func read(_ file: CorpusFile) -> NameReading? {
    let name = Array(file.stem)
    guard name.count == 7, speakers.contains(String(name[0...1])), ["a", "b"].contains(name[2]),
      Int(String(name[3...4])) != nil, name[6].isLetter
    else { return nil }
    guard name[5] != "L" else { return .dropped("boredom, which is none of the eight emotions") }
    guard let emotion = emotions[name[5]] else { return nil }
    return .recording(
      emotion: emotion.rawValue, speaker: String(name[0...1]), sentence: String(name[2...4]), identity: file.stem)
  }

  private static let speakers: Set = ["03", "08", "09", "10", "11", "12", "13", "14", "15", "16"]
  private static let emotions: [Character: Emotion] = [
    "W": .angry, "E": .disgust, "A": .fearful, "F": .happy, "T": .sad, "N": .neutral,
  ]
}
