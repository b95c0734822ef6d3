import Corpora
import Foundation
import Testing

@Suite struct ManifestTests {
  /// Reads a manifest beside a.wav, b,c.wav and d"e.wav.
  func read(_ text: String) throws -> Corpus {
    try Tree(["a.wav", "audio/b,c.wav", "audio/d\"e.wav"], contents: ["list.csv": Data(text.utf8)])
      .corpus(.csv, "list.csv")
  }

  @Test func quotesRelativePathsAndColumnOrder() throws {
    let corpus = try read(
      "\u{FEFF}Speaker,note,path,label\r\nanna,\"two\r\nlines\",\"audio/b,c.wav\",Anger\r\n\r\n"
        + ",,\"audio/d\"\"e.wav\",bored\r\nbob,x,a.wav,\"fear\"\r\n")
    #expect(
      corpus.facts == ["a.wav": "fearful csv-bob -", "b,c.wav": "angry csv-anna -", "d\"e.wav": "bored - -"])
  }

  @Test(arguments: ["file,emotion,speaker", "FileName,Class,Speaker_ID", " audio ,label,speaker_id"])
  func columnsMayHaveOtherNames(_ header: String) throws {
    #expect(try read("\(header)\na.wav,anger,anna\n").facts == ["a.wav": "angry csv-anna -"])
  }

  /// Tables that were read before there were other names.
  @Test func properNamesComeFirst() throws {
    let text = "Path,label,file,emotion,speaker_id,speaker\na.wav,anger,x,y,1,anna\n"
    #expect(try read(text).facts == ["a.wav": "angry csv-anna -"])
  }

  @Test func sentencesAreTold() throws {
    let corpus = try read("path,label,sentence\na.wav,anger,dogs\n\"audio/b,c.wav\",sad,\n")
    #expect(corpus.facts == ["a.wav": "angry - csv-dogs", "b,c.wav": "sad - -"])
  }

  @Test(arguments: ["split", "Partition"]) func sidesAreTold(_ column: String) throws {
    for (word, side) in [
      ("train", Recording.Side.training), ("Dev", .validation), ("validation", .validation), ("TEST", .test),
    ] {
      #expect(try read("path,label,\(column)\na.wav,sad,\(word)\n").recordings.map(\.side) == [side])
    }
    // Numbers of folds are no sides.
    for word in ["", "3"] { #expect(try read("path,label,\(column)\na.wav,sad,\(word)\n").recordings[0].side == nil) }
    let twice = try read("path,label,\(column)\na.wav,sad,train\na.wav,sad,test\n")
    #expect(twice.recordings.map(\.side) == [.training])
    #expect(
      twice.unusable.map(\.reason) == [
        "list.csv, line 3: listed already in line 2 on another side of the split, which counts"
      ])
  }

  @Test func labelsThatBecomeOneClassAreNamed() throws {
    let corpus = try read("path,label\na.wav,Joy\n\"audio/b,c.wav\",happiness\n\"audio/d\"\"e.wav\",JOY\n")
    #expect(corpus.recordings.allSatisfy { $0.label == "happy" })
    #expect(corpus.notes == ["the labels happiness and joy of csv are one class, happy"])
    #expect(try read("path,label\na.wav,Fear\n\"audio/b,c.wav\",fear\n").notes.isEmpty)
  }

  @Test func absolutePathsAndNoSpeakerColumn() throws {
    let tree = try Tree(["x/one.wav"])
    defer { withExtendedLifetime(tree) {} }
    let file = "\(tree.path)/x/one.wav"
    let corpus = try Tree([], contents: ["list.csv": Data("path,label\n\(file),calm".utf8)]).corpus(.csv, "list.csv")
    #expect(corpus.recordings == [Recording(path: file, label: "calm", speaker: nil, corpus: "csv")])
  }

  @Test func missingAndRepeatedFilesAreSkipped() throws {
    let corpus = try read("path,label\na.wav,happy\nmissing.wav,sad\n./a.wav,sad\na.wav,happiness\n")
    #expect(corpus.recordings.map(\.label) == ["happy"])
    #expect(corpus.skipped.map(\.reason) == ["list.csv, line 5: listed already in line 2"])
    // What somebody counts on is told apart from what says the same again.
    #expect(
      corpus.unusable.map(\.reason).sorted() == [
        "list.csv, line 3: there is no such file",
        "list.csv, line 4: listed already in line 2 with another label, happy, which counts",
      ])
  }

  @Test(arguments: [
    ("wave,mood\na.wav,sad\n", "line 1: expected a header with path and label"),
    ("path,mood\na.wav,sad\n", "line 1: expected a header with path and label"),
    ("audio,label,file\na.wav,sad,x\n", "line 1: the columns audio and file mean the same"),
    ("path,emotion,Class\na.wav,sad,x\n", "line 1: the columns emotion and class mean the same"),
    ("path,label,label\na.wav,sad,x\n", "line 1: the columns label and label mean the same"),
    ("audio,emotion\na.wav,\n", "line 2: the emotion is empty"),
    ("path,label\na.wav\n", "line 2: expected 2 fields"),
    ("path,label\n\na.wav,\n", "line 3: the label is empty"),
    ("path,label\n,sad\n", "line 2: the path is empty"),
    ("path,label\na.wav,\"sad\n", "line 2: the quote that opens a field is never closed"),
    ("path,label\n\"a\nb\"c,sad\n", "line 3: text after the closing quote"),
    ("path,label\na.wav,s\"ad\n", "line 2: a quote inside a field"),
    ("", "the file is empty"),
    ("path,label\n", "no recordings"),
    ("path,label\nnone.wav,sad\n", "there is no such file"),
  ]) func badManifestsAreErrorsWithTheLine(text: String, expected: String) {
    #expect(message { _ = try read(text) }.contains(expected))
  }

  @Test func textThatIsNotUTF8IsAnError() throws {
    let tree = try Tree([], contents: ["list.csv": Data("path,label\n".utf8) + Data([0xE9, 0x2C, 0x61])])
    #expect(message { _ = try tree.corpus(.csv, "list.csv") }.contains("line 2: the text is not UTF-8"))
  }

  @Test func aMissingManifestAndAFolderAreErrors() throws {
    let tree = try Tree(["folder/x.wav"])
    #expect(message { _ = try tree.corpus(.csv, "none.csv") }.contains("no such file"))
    #expect(message { _ = try tree.corpus(.csv, "folder") }.contains("expected a readable CSV file"))
  }

  @Test(arguments: [["a b", "a,b"], ["a\r\nb", "say \"a\""], [" ", "ü"]]) func fieldsComeBack(_ fields: [String]) throws
  {
    let line = fields.map(CSV.field).joined(separator: ",")
    #expect(try CSV.parse(Data(line.utf8)).map(\.fields) == [fields])
    #expect(CSV.field("a b") == "a b" && CSV.field("say \"a\", b") == "\"say \"\"a\"\", b\"")
  }
}
