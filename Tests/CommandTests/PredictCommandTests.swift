import Audio
import Foundation
import Networks
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
    let duration: Double?
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
      #expect(Set(probabilities.keys) == ["happy", "sad"] && abs(probabilities.values.reduce(0, +) - 1) < 5e-6)
      #expect(probabilities.max { $0.value < $1.value }?.key == line.label)
    }
    let csv = try sandbox.emotive(arguments: ["predict", "happy-0-0.wav", "sad-0-0.wav", "--csv"] + bundle)
    let rows = csv.output.split(separator: "\n")
    #expect(rows.count == 3 && rows[0] == "file,label,happy,sad,duration,error,bundle")
    #expect(rows[1].hasPrefix("happy-0-0.wav,\(found[0].label ?? ""),"))
    let piped = try sandbox.emotive(
      arguments: ["predict", "-", "--whole", "--json"] + bundle, input: sandbox.data("happy-0-0.wav"))
    let bytes = try lines(piped.output)
    #expect(bytes.count == 1 && bytes[0].label == found[0].label)
    for (label, probability) in bytes[0].probabilities ?? [:] {
      #expect(abs(probability - (found[0].probabilities?[label] ?? -1)) < 1e-4)
    }
  }

  @Test func saysThatOnlyTheMiddleOfALongRecordingWasHeard() throws {
    let trained = try sandbox.train(
      "padded", "--fit", "pad", "--pad-rate", "8000", "--whitening", "none", "--members", "1", "--epochs", "1")
    try #require(trained.status == 0, "\(trained.errors)")
    let samples = (0..<24_000).map { Float(0.4 * sin(0.5 * Double($0))) }
    try AudioFile.write(Waveform(samples: samples, sampleRate: 8_000), to: sandbox.path("long.wav"))
    let padded = ["--bundle", "padded/speakers/bundle"]
    let long = try sandbox.emotive(arguments: ["predict", "long.wav"] + padded)
    #expect(long.output.contains("Only the 1.0 s in its middle were heard, of 3.0 s"), "\(long.output)\(long.errors)")
    let both = try sandbox.emotive(arguments: ["predict", "--json", "long.wav", "happy-0-0.wav"] + padded)
    #expect(try lines(both.output).map(\.duration) == [3, 0.5])
    #expect(both.errors.contains("Only the middle of 1 recording(s) was heard, 1.0 s"), "\(both.errors)")
    // A short one is heard whole, and so is one that is stretched.
    for arguments in [["happy-0-0.wav"] + padded, ["long.wav"] + bundle] {
      let whole = try sandbox.emotive(arguments: ["predict"] + arguments)
      #expect(whole.status == 0 && !whole.output.contains("heard"), "\(whole.output)\(whole.errors)")
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

  @Test func aFileThatLooksLikeAnOptionIsNamed() throws {
    try sandbox.data("happy-0-0.wav").write(to: sandbox.folder.appending(path: "-hash.wav"))
    let outcome = try sandbox.emotive(arguments: ["predict"] + bundle + ["happy-0-0.wav", "-hash.wav"])
    #expect(outcome.status == 64 && outcome.errors.contains("write ./-hash.wav") && outcome.output.isEmpty)
    #expect(try sandbox.emotive(arguments: ["predict"] + bundle + ["--", "-hash.wav"]).status == 0)
  }

  /// A pipe would be waited for, and Foundation does not even list the other name.
  @Test func whatIsNoFileInAFolderIsLeftOut() throws {
    try FileManager.default.createDirectory(atPath: sandbox.path("many"), withIntermediateDirectories: true)
    let sound = try sandbox.data("happy-0-0.wav")
    try sound.write(to: sandbox.folder.appending(path: "many/a.wav"))
    try FileManager.default.createSymbolicLink(atPath: sandbox.path("many/b.wav"), withDestinationPath: "a.wav")
    try #require(mkfifo(sandbox.path("many/pipe.wav"), 0o600) == 0)
    let name = sandbox.path("many/x").utf8CString.dropLast() + [CChar(bitPattern: 0xFF)] + ".wav".utf8CString
    let descriptor = open(Array(name), O_WRONLY | O_CREAT, 0o600)
    try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: sound)
    let outcome = try sandbox.emotive(arguments: ["predict", "many", "--json"] + bundle)
    #expect(outcome.status == 1)
    #expect(try lines(outcome.output).map { ($0.file as NSString).lastPathComponent } == ["a.wav", "b.wav"])
    #expect(outcome.errors.contains("pipe.wav: not a file but a pipe"), "\(outcome.errors)")
    #expect(outcome.errors.contains("name is not UTF-8") && outcome.errors.contains("2 recordings were left out"))
  }

  @Test func wrongUsageIsNamed() throws {
    try FileManager.default.createDirectory(atPath: sandbox.path("empty"), withIntermediateDirectories: true)
    let cases: [([String], String, Int32)] = [
      (["predict"], "Missing expected argument", 64),
      (["predict", "a.wav", "--json", "--csv"], "had already been set with flag '--json'", 64),
      (["predict", "-", "a.wav"], "excludes other inputs", 64),
      (
        ["train", "--precision", "int8", "--corpus", "csv=corpus.csv", "--output", "x"],
        "networks are trained in float32 or bfloat16", 64
      ),
      (["predict", "missing.wav"] + bundle, "missing.wav: there is no such file", 1),
      (["predict", "happy-0-0.wav", "--bundle", "."], "there is no bundle.json", 1),
      (["predict", "empty"] + bundle, "no recordings in empty", 1),
      (["predict", "a.wav", "--json", "--output", "/proc/x"] + bundle, "--output /proc/x: cannot be written", 1),
      (["predict", "a.wav", "--json", "--output", "empty"] + bundle, "this is a folder; name a file", 1),
      (["predict", "x\u{FFFD}.wav"] + bundle, "the file's name is not UTF-8; rename it", 1),
      (["predict", "--timeline", "x\u{FFFD}.wav"] + bundle, "the file's name is not UTF-8; rename it", 1),
      (["features", "corpus.csv", "--picture", "m.png", "--skip-bad"], "nothing was written to m.png", 1),
      (["features", "a.wav", "--picture", "m.bmp"], "must end in .png or .svg", 64),
      (["features", "a.wav", "--output", "x", "--jobs", "0"], "--jobs must be 1 to", 64),
      (["evaluate", "--corpus", "csv=corpus.csv", "--split", "kfold:2:5"], "--split \"kfold:2:5\"", 64),
      (["evaluate", "--corpus", "csv=corpus.csv", "--jobs", "20000"], "--jobs must be 1 to", 64),
      (["evaluate", "--corpus", "csv=corpus.csv", "--output", "/proc/x"], "--output /proc/x: cannot be written", 1),
      (["corpora", "scan", "--corpus", "/tmp"], "expected KIND=DIR", 64),
    ]
    for (arguments, message, status) in cases {
      let outcome = try sandbox.emotive(arguments: arguments)
      #expect(outcome.status == status, "\(arguments)")
      #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
    }
  }

  @Test func inputsAreNotOverwritten() throws {
    let sound = try sandbox.data("happy-0-0.wav")
    try FileManager.default.createSymbolicLink(atPath: sandbox.path("link"), withDestinationPath: "happy-0-0.wav")
    try Data("happy-0-0.wav\n".utf8).write(to: sandbox.folder.appending(path: "list"))
    let weights = "run/speakers/bundle/member-1.safetensors"
    for arguments in [
      ["predict", "happy-0-0.wav", "--json", "--output", "link"] + bundle,
      ["predict", ".", "--csv", "--output", sandbox.path("happy-0-0.wav")] + bundle,
      ["predict", "--list", "list", "--csv", "--output", "list"] + bundle,
      ["predict", "--list", "list", "--csv", "--output", "happy-0-0.wav"] + bundle,
      ["predict", "--timeline", "happy-0-0.wav", "--csv", "--output", "link"] + bundle,
      ["features", "happy-0-0.wav", "--output", "happy-0-0.wav"],
      ["networks", "run", "--network", "squeezenet1_1", "--weights", weights, "--input", "x", "--output", weights],
    ] {
      let outcome = try sandbox.emotive(arguments: arguments)
      #expect(outcome.status == 64 && outcome.errors.contains("is also the input; give another name"), "\(arguments)")
      // The usage shown is the command's own.
      let command = arguments[0] == "networks" ? "networks run" : arguments[0]
      #expect(
        outcome.errors.contains("Usage: emotive \(command) ") && outcome.errors.contains("'emotive \(command) --help'"),
        "\(outcome.errors)")
    }
    #expect(try sandbox.data("happy-0-0.wav") == sound && sandbox.text("list") == "happy-0-0.wav\n")
  }

  /// Runs a program to its end, and returns what it says on standard error.
  private func errors(of process: Process) throws -> String {
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return said
  }

  /// Most of the recordings are not there either, but would only be missed later.
  @Test func aMissingGnuplotIsFoundBeforeTheWork() throws {
    let cases = [
      ["predict", "--timeline", "missing.wav", "--picture", "x.png"],
      ["features", "missing.wav", "--picture", "x.svg"],
      ["evaluate", "--corpus", "csv=missing.csv", "--picture", "x.png"],
      [
        "experiment", "losses", "--corpus", "csv=\(sandbox.path("corpus.csv"))", "--network", "squeezenet1_1",
        "--weights",
        "none", "--output", "experiment",
      ],
    ]
    for arguments in cases {
      let process = sandbox.process(arguments)
      process.environment?["PATH"] = "/nowhere"
      let said = try errors(of: process)
      #expect(process.terminationStatus == 1 && said.contains("figures need gnuplot, which was"), "\(said)")
    }
    #expect(!sandbox.exists("experiment"))
  }

  @Test func whatCannotBePrintedIsAFailure() throws {
    let process = sandbox.process(["networks", "list"])
    process.standardOutput = try FileHandle(forReadingFrom: sandbox.folder.appending(path: "corpus.csv"))
    let said = try errors(of: process)
    #expect(process.terminationStatus == 1 && said.contains("standard output: cannot be written"), "\(said)")
  }

  @Test func endedFeaturesLeaveNothingBehind() throws {
    let files = Array(repeating: "happy-0-0.wav", count: 3_000)
    let process = try PipedProcess(sandbox, ["features", "--output", "new/x.safetensors"] + files)
    func found() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: sandbox.path("new"))) ?? [] }
    try process.wait("begins") { !found().isEmpty }
    process.signal(SIGTERM)
    let outcome = try process.finish()
    #expect(outcome.status == 130 && outcome.errors.contains("stopped; nothing was written"), "\(outcome.errors)")
    #expect(found().isEmpty)
  }

  @Test func aBundleWithOtherFeatureSettingsIsRefused() throws {
    let file = sandbox.folder.appending(path: "run/speakers/bundle/bundle.json")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    try Data(text.replacing("\"fft_size\" : 512", with: "\"fft_size\" : 1024").utf8).write(to: file)
    let outcome = try sandbox.emotive(arguments: ["predict", "happy-0-0.wav"] + bundle)
    #expect(outcome.status == 1 && outcome.errors.contains("do not match its features_hash"), "\(outcome.errors)")
  }

  @MainActor @Test func featuresAreWrittenAsTensorAndPicture() throws {
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
    // They go straight through a network, if they are large enough for it.
    let run = ["networks", "run", "--input", "x.safetensors", "--output", "y.safetensors", "--network"]
    let logits = try sandbox.emotive(
      arguments: run + ["squeezenet1_1", "--weights", "run/speakers/bundle/member-1.safetensors"])
    #expect(logits.status == 0, "\(logits.errors)")
    #expect(try WeightFile(path: sandbox.path("y.safetensors")).loaded()["logits"]?.shape == [2, 2])
    try Network(.alexnet, classCount: 2).save(to: sandbox.folder.appending(path: "alexnet.safetensors"))
    let small = try sandbox.emotive(arguments: run + ["alexnet", "--weights", "alexnet.safetensors"])
    #expect(small.status == 64 && small.errors.contains("32 x 48 are too small for AlexNet"), "\(small.errors)")
    // Axes are those of what is drawn.
    let cepstra = try sandbox.emotive(
      arguments: ["features", "happy-0-0.wav", "--picture", "pictures/x.svg", "--representation", "mfcc"]
        + Sandbox.small)
    #expect(cepstra.status == 0, "\(cepstra.errors)")
    let picture = try sandbox.text("pictures/x.svg")
    #expect(picture.contains("coefficient") && picture.contains("whitened delta"))
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
}
