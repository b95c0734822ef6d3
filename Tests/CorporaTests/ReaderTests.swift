import Corpora
import Foundation
import Testing

@Suite struct ReaderTests {
  @Test func ravdessReadsSpeechAndSkipsTheRest() throws {
    let corpus = try Tree([
      "Actor_05/03-01-06-01-02-01-05.wav", "Actor_02/03-01-01-01-01-01-02.flac", "Actor_02/03-02-03-01-01-01-02.wav",
      "Actor_02/01-01-03-01-01-01-02.mp4", "Actor_02/03-01-09-01-01-01-02.wav", "Actor_02/notes.txt", ".hidden.wav",
      "Actor_02/take.wav", "copy/Actor_05/03-01-06-01-02-01-05.wav",
    ]).corpus(.ravdess)
    #expect(
      corpus.facts == [
        "03-01-01-01-01-01-02.flac": "neutral ravdess-02 ravdess-01",
        "03-01-06-01-02-01-05.wav": "fearful ravdess-05 ravdess-02",
      ])
    #expect(corpus.recordings.map(\.path) == corpus.recordings.map(\.path).sorted())
    #expect(corpus.skipped.count == 6)
    #expect(corpus.reasons["03-02-03-01-01-01-02.wav"]?.contains("song") == true)
    #expect(corpus.reasons["01-01-03-01-01-01-02.mp4"]?.contains("video") == true)
    #expect(corpus.reasons["03-01-09-01-01-01-02.wav"]?.contains("MM-VC-EE") == true)
    #expect(corpus.reasons["take.wav"]?.contains("MM-VC-EE") == true)
    #expect(corpus.reasons["notes.txt"] == "not an audio file")
    #expect(corpus.reasons["03-01-06-01-02-01-05.wav"]?.contains("second copy") == true)
  }

  @Test func ravdessKnowsAllEightEmotions() throws {
    let files = (1...8).map { "03-01-0\($0)-01-01-01-01.wav" }
    let corpus = try Tree(files).corpus(.ravdess)
    #expect(corpus.recordings.map(\.label) == Emotion.allCases.map(\.rawValue))
  }

  @Test func saveeReadsBothLayouts() throws {
    let expected = [
      "angry savee-DC savee-01", "sad savee-DC savee-sa04", "surprised savee-JK savee-03", "neutral savee-JK savee-n30",
    ]
    let published = try Tree(["DC/a01.wav", "DC/sa04.wav", "JK/su03.wav", "JK/n30.wav", "XX/a01.wav"]).corpus(.savee)
    #expect(Set(published.facts.values) == Set(expected))
    #expect(published.skipped.count == 1)
    let flat = try Tree(["DC_a01.wav", "DC_sa04.wav", "JK_su03.wav", "JK_n30.wav", "DC_x01.wav"]).corpus(.savee)
    #expect(Set(flat.facts.values) == Set(expected))
    #expect(flat.reasons["DC_x01.wav"]?.contains("DC_a01.wav") == true)
  }

  @Test func tessReadsMixedCaseAndTheOddName() throws {
    let corpus = try Tree([
      "OAF_Fear/OAF_back_fear.wav", "OAF_neutral/OA_bite_neutral.wav", "OAF_neutral/OAF_bean_neutral.wav",
      "OAF_Pleasant_surprise/OAF_back_ps.wav", "YAF_pleasant_surprised/YAF_back_ps.wav", "YAF_sad/YAF_back_sad.WAV",
      "YAF_sad/readme.wav", "YAF_sad/YAF_back_bored.wav",
    ]).corpus(.tess)
    #expect(
      corpus.facts == [
        "OAF_back_fear.wav": "fearful tess-OAF tess-back", "OA_bite_neutral.wav": "neutral tess-OAF tess-bite",
        "OAF_bean_neutral.wav": "neutral tess-OAF tess-bean", "OAF_back_ps.wav": "surprised tess-OAF tess-back",
        "YAF_back_ps.wav": "surprised tess-YAF tess-back", "YAF_back_sad.WAV": "sad tess-YAF tess-back",
      ])
    #expect(Set(corpus.reasons.keys) == ["readme.wav", "YAF_back_bored.wav"])
  }

  @Test func cremaDSkipsTheBadRecordings() throws {
    let bad = ["1076_MTI_NEU_XX.wav", "1076_MTI_SAD_XX.wav", "1064_TIE_SAD_XX.wav", "1064_IEO_DIS_MD.wav"]
    let corpus = try Tree(
      bad + [
        "1040_ITH_SAD_X.wav", "1001_DFA_ANG_XX.wav", "1091_IEO_FEA_HI.wav", "1092_IEO_FEA_HI.wav",
        "AudioMP3/1001_IEO_DIS_LO.mp3", "AudioWAV/1001_IEO_DIS_LO.wav",
      ]
    ).corpus(.cremaD)
    #expect(
      corpus.facts == [
        "1040_ITH_SAD_X.wav": "sad crema-d-1040 crema-d-ITH", "1001_DFA_ANG_XX.wav": "angry crema-d-1001 crema-d-DFA",
        "1091_IEO_FEA_HI.wav": "fearful crema-d-1091 crema-d-IEO",
        "1001_IEO_DIS_LO.wav": "disgust crema-d-1001 crema-d-IEO",
      ])
    for name in bad { #expect(corpus.reasons[name]?.contains("bad recording") == true) }
    #expect(corpus.reasons["1001_IEO_DIS_LO.mp3"]?.contains("second copy") == true)
  }

  @Test func emoDBDropsBoredom() throws {
    let corpus = try Tree(["03a01Wa.wav", "16b10Td.wav", "08a02Ac.wav", "03a01Lb.wav", "04a01Wa.wav", "03a01Xa.wav"])
      .corpus(.emoDB)
    #expect(
      corpus.facts == [
        "03a01Wa.wav": "angry emodb-03 emodb-a01", "16b10Td.wav": "sad emodb-16 emodb-b10",
        "08a02Ac.wav": "fearful emodb-08 emodb-a02",
      ])
    #expect(corpus.reasons["03a01Lb.wav"]?.contains("boredom") == true)
    #expect(corpus.skipped.count == 3)
  }

  @Test func folderNamesAreClasses() throws {
    let corpus = try Tree(["Fear/a.wav", "Fear/more/a.wav", "Tired Voice/b.flac", "loose.wav", "ps/c.ogg"])
      .corpus(.folder)
    #expect(corpus.recordings.map(\.label) == ["fearful", "fearful", "tired_voice", "surprised"])
    #expect(corpus.recordings.allSatisfy { $0.speaker == nil && $0.corpus == "folder" })
    #expect(corpus.reasons["loose.wav"]?.contains("one folder per class") == true)
    #expect(corpus.notes.isEmpty)
    let merged = try Tree(["fear/a.wav", "Anxiety/b.wav", "anger/c.wav", "angry/notes.txt"]).corpus(.folder)
    #expect(merged.notes == ["the labels anxiety and fear of folder are one class, fearful"])
  }

  @Test func foldersOfSidesAreNoClasses() throws {
    let corpus = try Tree([
      "train/fear/a.wav", "validation/sad/b.wav", "test/sad/more/c.wav", "test/d.wav", "happy/e.wav",
    ])
    .corpus(.folder)
    #expect(
      corpus.facts == [
        "a.wav": "fearful - -", "b.wav": "sad - -", "c.wav": "sad - -", "d.wav": "test - -", "e.wav": "happy - -",
      ])
    let sides = Dictionary(
      uniqueKeysWithValues: corpus.recordings.map { (($0.path as NSString).lastPathComponent, $0.side) })
    #expect(sides == ["a.wav": .training, "b.wav": .validation, "c.wav": .test, "d.wav": nil, "e.wav": nil])
  }

  @Test func linkedFoldersAreFollowedOnce() throws {
    let tree = try Tree(["data/Actor_05/03-01-06-01-02-01-05.wav"])
    try FileManager.default.createSymbolicLink(
      atPath: "\(tree.path)/data/loop", withDestinationPath: "\(tree.path)/data")
    try FileManager.default.createSymbolicLink(
      atPath: "\(tree.path)/link", withDestinationPath: "\(tree.path)/data")
    #expect(try tree.corpus(.ravdess, "link").recordings.count == 1)
  }

  @Test func recordingsThatCannotBeReachedAreToldApart() throws {
    let tree = try Tree(["sad/a.wav", "sad/notes.txt"])
    for name in ["gone.wav", "gone.txt"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(tree.path)/sad/\(name)", withDestinationPath: "nowhere-\(name)")
    }
    let name = "\(tree.path)/sad/x".utf8CString.dropLast() + [CChar(bitPattern: 0xFF)] + ".wav".utf8CString
    let descriptor = open(Array(name), O_WRONLY | O_CREAT, 0o600)
    try #require(descriptor >= 0)
    close(descriptor)
    let corpus = try tree.corpus(.folder)
    #expect(corpus.recordings.count == 1)
    #expect(Set(corpus.reasons.keys) == ["notes.txt", "gone.txt"])
    #expect(
      corpus.unusable.map(\.reason).sorted() == [
        "a link that leads nowhere", "the file's name is not UTF-8; rename it",
      ])
  }

  @Test(arguments: CorpusKind.allCases.filter { $0 != .csv })
  func anEmptyOrMissingOrWrongFolderIsNamed(kind: CorpusKind) throws {
    let missing = message { _ = try Corpus.read(CorpusSource(kind: kind, path: "/nowhere/at/all")) }
    #expect(missing.contains("/nowhere/at/all") && missing.contains("no such folder"))
    let tree = try Tree(["empty/.keep", "wrong/x.wav"])
    #expect(message { _ = try tree.corpus(kind, "empty") }.contains("there is no file in the folder; expected"))
    #expect(message { _ = try tree.corpus(kind, "wrong") }.contains("no recordings; expected"))
    #expect(message { _ = try tree.corpus(kind, "wrong/x.wav") }.contains("expected a folder"))
  }

  @Test func sourcesAreParsed() throws {
    let source = try CorpusSource("crema-d=/data/crema/../crema-d")
    #expect(source.kind == .cremaD && source.path == "/data/crema-d" && source.name == "crema-d")
    #expect(source.description == "crema-d=/data/crema-d")
    let named = try CorpusSource("CSV:My_corpus-2=/data/x=y:z.csv")
    #expect(named.kind == .csv && named.path == "/data/x=y:z.csv" && named.name == "My_corpus-2")
    #expect(named.description == "csv:My_corpus-2=/data/x=y:z.csv")
    for name in ["", "a b", "a/b", "..", "a:b", "\u{E4}"] {
      let refusal = message { _ = try CorpusSource("csv:\(name)=/data") }
      #expect(refusal.contains("the name \"\(name)\" must be made of letters, digits, - and _"))
    }
    #expect(
      message { _ = try CorpusSource("iemocap=/data") }.contains("ravdess, savee, tess, crema-d, emodb, folder, csv"))
    #expect(message { _ = try CorpusSource("/data") }.contains("KIND=DIR"))
    #expect(message { _ = try CorpusSource("tess=") }.contains("KIND=DIR"))
  }

  @Test func aNameTakesThePlaceOfTheKind() throws {
    let tree = try Tree(
      ["03-01-06-01-02-01-05.wav"],
      contents: ["list.csv": Data("path,label,speaker,sentence\n03-01-06-01-02-01-05.wav,sad,anna,dogs\n".utf8)])
    defer { withExtendedLifetime(tree) {} }
    let folder = try Corpus.read(CorpusSource("ravdess:mine=\(tree.path)"))
    #expect(folder.facts.values.sorted() == ["fearful mine-05 mine-02"])
    let table = try Corpus.read(CorpusSource("csv:iemocap=\(tree.path)/list.csv"))
    #expect(table.facts.values.sorted() == ["sad iemocap-anna iemocap-dogs"])
    #expect(folder.recordings[0].corpus == "mine" && table.recordings[0].corpus == "iemocap")
    #expect(folder.name == "mine" && folder.kind == .ravdess && table.sample(1, seed: 1).name == "iemocap")
    #expect(CorpusScan([folder, table]).corpora.map(\.corpus) == ["mine", "iemocap"])
  }

  @Test func synonymsBecomeEmotions() {
    let names = ["ps", "Pleasant Surprise", "pleasant-surprised", "SURPRISE", "surprised"]
    #expect(Set(names.map { Emotion.label(for: $0) }) == ["surprised"])
    #expect(
      ["fear", "anger", "Happiness", "sadness", "disgusted", " Calm "].map { Emotion.label(for: $0) }
        == ["fearful", "angry", "happy", "sad", "disgust", "calm"])
    #expect(Emotion.label(for: "Boredom") == "boredom")
  }

  @Test func labelsComeInTheOrderOfTheEmotions() {
    let labels = ["sad", "boredom", "neutral", "sad", "amused"]
    #expect(Emotion.ordered(labels) == ["neutral", "sad", "amused", "boredom"])
  }
}
