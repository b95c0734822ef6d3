/// RAVDESS (Livingstone & Russo 2018): seven two-digit fields, modality-channel-emotion-intensity-statement-repetition-actor.
enum RAVDESS: NameReader {
  static let pattern = "MM-VC-EE-II-SS-RR-AA (for example Actor_05/03-01-06-01-02-01-05.wav)"

  static func read(_ file: CorpusFile) -> NameReading? {
    let fields = file.stem.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count == 7, fields.allSatisfy({ $0.count == 2 && Int($0) != nil }),
      let number = Int(fields[2]), Emotion.allCases.indices.contains(number - 1)
    else { return nil }
    guard fields[0] == "03" else { return .dropped("video (modality \(fields[0])); only audio (03) is read") }
    guard fields[1] == "01" else { return .dropped("song (vocal channel \(fields[1])); only speech (01) is read") }
    return .recording(
      emotion: Emotion.allCases[number - 1].rawValue, speaker: String(fields[6]), sentence: String(fields[4]),
      identity: file.stem)
  }
}
