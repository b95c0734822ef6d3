import Audio
import Foundation
import Testing
import Torch

@Suite(.serialized) struct PredictCommandTests {
  let sandbox: Sandbox
  let bundle = ["--bundle", "run/speakers/bundle"]

  init() throws {
    sandbox = try Sandbox()
    try sandbox.makeCorpus()
    // A copy, which a test may spoil.
    try FileManager.default.createDirectory(atPath: sandbox.path("run/speakers"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: SharedBundle.path(), toPath: sandbox.path("run/speakers/bundle"))
  }

  struct Line: Decodable {
    let file: String
    let label: String?
    let probabilities: [String: Double]?
    let bundle: String
    let error: String?
  }

  func lines(_ output: String) throws -> [Line] {
    try output.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  @Test func allFormsAgree() throws {
    let one = try sandbox.emotive(arguments: ["predict", "happy-0-0.wav"] + bundle)
    #expect(one.status == 0 && one.output.contains("probability"), "\(one.errors)")
    let json = try sandbox.emotive(arguments: ["predict", "happy-0-0.wav", "sad-0-0.wav", "--json"] + bundle)
    let found = try lines(json.output)
    #expect(found.map(\.file) == ["happy-0-0.wav", "sad-0-0.wav"])
    for line in found {
      let probabilities = try #require(line.probabilities)
      #expect(Set(probabilities.keys) == ["happy", "sad"] && abs(probabilities.values.reduce(0, +) - 1) < 1e-9)
      #expect(probabilities.max { $0.value < $1.value }?.key == line.label)
    }
    let csv = try sandbox.emotive(arguments: ["predict", "happy-0-0.wav", "sad-0-0.wav", "--csv"] + bundle)
    let rows = csv.output.split(separator: "\n")
    #expect(rows.count == 3 && rows[0] == "file,label,happy,sad,error")
    #expect(rows[1].hasPrefix("happy-0-0.wav,\(found[0].label ?? ""),"))
    let piped = try sandbox.emotive(
      arguments: ["predict", "-", "--whole", "--json"] + bundle, input: sandbox.data("happy-0-0.wav"))
    let bytes = try lines(piped.output)
    #expect(bytes.count == 1 && bytes[0].label == found[0].label)
    for (label, probability) in bytes[0].probabilities ?? [:] {
      #expect(abs(probability - (found[0].probabilities?[label] ?? -1)) < 1e-4)
    }
  }

  @Test func aFolderIsSearchedAndBadFilesDoNotEndTheRun() throws {
    try FileManager.default.createDirectory(atPath: sandbox.path("many/deep"), withIntermediateDirectories: true)
    for (source, name) in [("happy-0-0.wav", "a.wav"), ("sad-0-0.wav", "deep/c.wav")] {
      try sandbox.data(source).write(to: sandbox.folder.appending(path: "many/\(name)"))
    }
    try Data("noise".utf8).write(to: sandbox.folder.appending(path: "many/b.wav"))
    try Data("text".utf8).write(to: sandbox.folder.appending(path: "many/notes.txt"))
    let outcome = try sandbox.emotive(arguments: ["predict", "many", "--json"] + bundle)
    #expect(outcome.status == 1)
    let found = try lines(outcome.output)
    #expect(found.map { ($0.file as NSString).lastPathComponent } == ["a.wav", "b.wav", "c.wav"])
    #expect(found.map { $0.error == nil } == [true, false, true])
    #expect(outcome.errors.contains("b.wav: not a sound file"))
    let skipping = try sandbox.emotive(arguments: ["predict", "many", "--csv", "--skip-bad"] + bundle)
    #expect(skipping.status == 0 && skipping.output.contains("b.wav,,,,"))
  }

  @Test func wrongUsageIsNamed() throws {
    try FileManager.default.createDirectory(atPath: sandbox.path("empty"), withIntermediateDirectories: true)
    let cases: [([String], String, Int32)] = [
      (["predict"], "Missing expected argument", 64),
      (["predict", "a.wav", "--json", "--csv"], "had already been set with flag '--json'", 64),
      (["predict", "-", "a.wav"], "excludes other inputs", 64),
      (["predict", "missing.wav"] + bundle, "missing.wav: there is no such file", 1),
      (["predict", "happy-0-0.wav", "--bundle", "."], "there is no bundle.json", 1),
      (["predict", "empty"] + bundle, "no recordings in empty", 64),
    ]
    for (arguments, message, status) in cases {
      let outcome = try sandbox.emotive(arguments: arguments)
      #expect(outcome.status == status, "\(arguments)")
      #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
    }
  }

  @Test func aBundleWithOtherFeatureSettingsIsRefused() throws {
    let file = sandbox.folder.appending(path: "run/speakers/bundle/bundle.json")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    try Data(text.replacing("\"fftSize\" : 512", with: "\"fftSize\" : 1024").utf8).write(to: file)
    let outcome = try sandbox.emotive(arguments: ["predict", "happy-0-0.wav"] + bundle)
    #expect(outcome.status == 1 && outcome.errors.contains("do not match its features_hash"), "\(outcome.errors)")
  }

  @Test func featuresAreWrittenAsTensorAndPicture() throws {
    let outcome = try sandbox.emotive(
      arguments: ["features", "happy-0-0.wav", "sad-0-0.wav", "--output", "x.safetensors", "--picture", "x.png"]
        + Sandbox.small)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let file = try WeightFile(path: sandbox.path("x.safetensors"))
    let images = try #require(file.loaded()["images"])
    #expect(images.shape == [2, 3, 32, 48] && images.dtype == .float32)
    #expect(file.metadata["files"] == "[\"happy-0-0.wav\",\"sad-0-0.wav\"]")
    #expect(try images.floats().allSatisfy(\.isFinite))
    #expect(try sandbox.data("x.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
    let none = try sandbox.emotive("features", "happy-0-0.wav")
    #expect(none.status == 64 && none.errors.contains("--output"))
  }

  @Test func theCorpusIsCounted() throws {
    let outcome = try sandbox.emotive("corpora", "scan", "--corpus", "csv=corpus.csv")
    #expect(outcome.status == 0 && outcome.output.contains("24") && outcome.output.contains("speaker2"))
    let json = try sandbox.emotive("corpora", "scan", "--corpus", "csv=corpus.csv", "--json")
    #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
    let missing = try sandbox.emotive("corpora", "scan", "--corpus", "ravdess=/nowhere")
    #expect(missing.status == 1 && missing.errors.contains("/nowhere: there is no such folder"))
  }

  @Test(arguments: [
    [], ["predict"], ["train"], ["evaluate"], ["features"], ["corpora", "scan"], ["networks", "list"],
    ["networks", "run"],
    ["fetch", "weights"], ["fetch", "corpus"],
  ])
  func helpShowsExamples(_ command: [String]) throws {
    let outcome = try sandbox.emotive(arguments: command + ["--help"])
    #expect(outcome.status == 0 && outcome.output.contains("emotive \(command.joined(separator: " "))"))
  }
}
