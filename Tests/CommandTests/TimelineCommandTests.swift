import Audio
import Corpora
import Foundation
import Testing

@testable import Recognition

@Suite(.serialized) struct TimelineCommandTests {
  let sandbox: Sandbox
  let bundle: [String]
  /// Short windows, as the bundle of the tests knows recordings of half a second.
  let windows = ["--window", "0.5", "--hop", "0.25", "--minimum-segment", "0.5"]

  init() throws {
    sandbox = try Sandbox()
    bundle = ["--bundle", try SharedBundle.path()]
  }

  /// Tones of 900 and 200 Hz in turn, a second each, with a silent one after every second.
  func talk(_ seconds: Int, rate: Int = 8_000) -> Waveform {
    Waveform(
      samples: (0..<seconds * rate).map { index in
        let pitch = [900.0, 200, 0][index / rate % 3]
        return Float(0.4 * sin(Double(index) * pitch * 2 * .pi / Double(rate)))
      }, sampleRate: rate)
  }

  func pcm(_ waveform: Waveform) -> Data {
    waveform.samples.map { Int16(($0 * 32_768).rounded()).littleEndian }.withUnsafeBytes { Data($0) }
  }

  /// A WAV header; by default the one that ffmpeg, arecord and others write to a pipe, where they do not know the size.
  ///
  /// - Parameters:
  ///   - size: the bytes of samples.
  ///   - encoding: 1 for PCM, 3 for floating point, 6 for A-law.
  ///   - width: the bytes of a sample.
  func header(size: UInt32 = 0xFFFF_FFFF, rate: UInt32 = 8_000, encoding: UInt32 = 1, width: UInt8 = 2) -> Data {
    func bytes(_ values: [UInt32]) -> Data { values.map(\.littleEndian).withUnsafeBytes { Data($0) } }
    let isKnown = size > 0 && size < 0xFFFF_FFFF
    return Data("RIFF".utf8) + bytes([isKnown ? size + 36 : size]) + Data("WAVEfmt ".utf8)
      + bytes([16, 0x0001_0000 | encoding, rate, UInt32(width) &* rate]) + Data([width, 0, 8 * width, 0])
      + Data("data".utf8) + bytes([size])
  }

  struct File: Decodable {
    let complete: Bool
    let duration: Double
    let windows: [Timeline.Window]
    let segments: [Timeline.Segment]
  }

  func decoded(_ text: String) throws -> File { try JSONDecoder().decode(File.self, from: Data(text.utf8)) }

  @Test func aDenseTimelineHasTheWindowsOfAnother() throws {
    try sandbox.makeCorpus()
    let trained = try sandbox.train(
      "padded", "--fit", "pad", "--pad-rate", "8000", "--whitening", "none", "--members", "1", "--network", "resnet18",
      "--epochs", "1")
    try #require(trained.status == 0, "\(trained.errors)")
    try AudioFile.write(talk(20), to: sandbox.path("talk.wav"))
    func timeline(_ bundle: [String], _ more: String...) throws -> Sandbox.Outcome {
      try sandbox.emotive(arguments: ["predict", "--timeline", "talk.wav", "--json"] + bundle + windows + more)
    }
    let padded = ["--bundle", sandbox.path("padded/speakers/bundle")]
    let (apart, dense) = (try timeline(padded), try timeline(padded, "--dense"))
    #expect(apart.status == 0 && dense.status == 0, "\(dense.errors)")
    #expect(dense.output.contains("\"dense\":true") && apart.output.contains("\"dense\":false"))
    let (one, other) = (try decoded(apart.output), try decoded(dense.output))
    #expect(other.complete && one.windows.map(\.start) == other.windows.map(\.start) && one.windows.count == 79)
    #expect(one.windows.map(\.isSilent) == other.windows.map(\.isSilent))
    #expect(one.windows.map(\.probabilities) != other.windows.map(\.probabilities))

    // What lasts for a minute is dense by itself.
    try AudioFile.write(talk(60), to: sandbox.path("talk.wav"))
    #expect(try timeline(padded).output.contains("\"dense\":true"))
    #expect(try timeline(padded, "--no-dense").output.contains("\"dense\":false"))
    #expect(try timeline(bundle).output.contains("\"dense\":false"))

    let refused = try timeline(bundle, "--dense")
    #expect(refused.status == 64 && refused.output.isEmpty)
    #expect(refused.errors.contains("--dense: expected a bundle with padded images"), "\(refused.errors)")
  }

  @Test func allFormsSayTheSame() throws {
    try AudioFile.write(talk(9), to: sandbox.path("talk.wav"))
    func timeline(_ more: String...) throws -> Sandbox.Outcome {
      let outcome = try sandbox.emotive(arguments: ["predict", "--timeline", "talk.wav"] + bundle + windows + more)
      try #require(outcome.status == 0, "\(outcome.errors)")
      return outcome
    }
    let json = try decoded(timeline("--json").output)
    #expect(json.complete && json.duration == 9 && json.windows.count == 35)
    #expect(json.windows.filter(\.isSilent).count > 8)
    let segments = json.segments
    #expect(!segments.isEmpty && segments.allSatisfy { $0.end - $0.start >= 0.5 })
    let csv = try CSV.parse(Data(timeline("--csv").output.utf8))
    #expect(csv.count == 36 && csv.dropFirst().map { $0.fields[3] } == json.windows.map { $0.label ?? "" })
    #expect(try timeline("--vtt").output.split(separator: "\n").count { $0.contains(" --> ") } == segments.count)
    let tracks = try timeline("--audacity").output.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(tracks.map { Double($0[0]) } == segments.map(\.start))
    #expect(try timeline("--rttm").output.split(separator: "\n").count == segments.count)
    let table = try timeline("--picture", "talk.png")
    #expect(table.output.contains("talk.wav, 0:09.0: ") && !table.output.contains("INCOMPLETE"))
    #expect(try sandbox.data("talk.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
    // Into a file, and from standard input of a format that is not followed.
    #expect(try timeline("--json", "--output", "deep/talk.json").output.isEmpty)
    #expect(try decoded(sandbox.text("deep/talk.json")).windows == json.windows)
    #expect(!sandbox.exists("deep/talk.json.part"))
    let piped = try sandbox.emotive(
      arguments: ["predict", "--timeline", "-", "--json"] + bundle + windows, input: sandbox.data("talk.wav"))
    #expect(try decoded(piped.output).windows == json.windows)
  }

  /// Each in a file under its own path; what cannot be read is left out, and tried again by a later run.
  @Test func manyRecordingsGetAFileEach() throws {
    try FileManager.default.createDirectory(
      at: sandbox.folder.appending(path: "calls/deep"), withIntermediateDirectories: true)
    for (name, seconds) in [("a.wav", 3), ("a.flac", 4), ("deep/b.wav", 5)] {
      try AudioFile.write(talk(seconds), to: sandbox.path("calls/\(name)"))
    }
    try sandbox.write("noise", "calls/c.wav")
    func timelines(_ inputs: [String], _ more: String...) throws -> Sandbox.Outcome {
      try sandbox.emotive(
        arguments: ["predict", "--timeline", "--output", "out"] + inputs + bundle + windows + more)
    }
    let first = try timelines(["calls"], "--json")
    #expect(first.status == 1 && first.output == "3 timeline(s) are in out.\n", "\(first.errors)")
    #expect(first.errors.contains("left out: ") && first.errors.contains("calls/c.wav: "))
    for (name, seconds) in [("a.wav", 3.0), ("a.flac", 4), ("deep/b.wav", 5)] {
      let text = try sandbox.text("out/calls/\(name).json")
      #expect(try decoded(text).duration == seconds && decoded(text).complete)
      let alone = try sandbox.emotive(
        arguments: ["predict", "--timeline", "calls/\(name)", "--json"] + bundle + windows)
      #expect(alone.output == text)
    }
    #expect(!sandbox.exists("out/calls/c.wav.json") && !sandbox.exists("out/calls/c.wav.json.part"))

    // What is there stays, and what was left out is tried again.
    try sandbox.write("kept", "out/calls/a.flac.json")
    try AudioFile.write(talk(2), to: sandbox.path("calls/c.wav"))
    let second = try timelines(["calls"], "--json", "--resume")
    #expect(second.status == 0 && second.output == "1 timeline(s) are in out, beside 3 that were there.\n")
    #expect(try sandbox.text("out/calls/a.flac.json") == "kept")
    #expect(try decoded(sandbox.text("out/calls/c.wav.json")).duration == 2)

    let other = try timelines(["calls"], "--json", "--resume", "--smoothing", "1")
    #expect(
      other.status == 64 && other.errors.contains("other settings (see out/timelines-json.json)"), "\(other.errors)")

    // By a list, in parts; upward paths stay below the folder.
    try sandbox.write("calls/a.wav\n./calls/../calls/a.flac\ncalls/deep/b.wav\n", "list.txt")
    for part in 1...2 {
      let outcome = try timelines(["--list", "list.txt"], "--vtt", "--shard", "\(part)/2")
      #expect(outcome.status == 0 && outcome.output == "\(3 - part) timeline(s) are in out.\n", "\(outcome.errors)")
    }
    for file in ["calls/a.wav", "\(sandbox.folder.path.dropFirst())/calls/a.flac", "calls/deep/b.wav"] {
      #expect(try sandbox.text("out/\(file).vtt").hasPrefix("WEBVTT"))
    }

    // A recording that breaks in its middle leaves nothing, and does not end the others.
    let samples = talk(3).samples + [.infinity] + talk(1).samples
    try (header(size: UInt32(4 * samples.count), encoding: 3, width: 4) + samples.withUnsafeBytes { Data($0) })
      .write(to: sandbox.folder.appending(path: "broken.wav"))
    let broken = try timelines(["broken.wav", "calls/a.wav"], "--skip-bad")
    #expect(broken.status == 0 && broken.errors.contains("left out: broken.wav, after 3.0 s: "), "\(broken.errors)")
    #expect(broken.output == "1 timeline(s) are in out.\n" && !sandbox.exists("out/broken.wav.txt"))
    #expect(try sandbox.text("out/calls/a.wav.txt").contains("calls/a.wav, 0:03.0: "))
  }

  /// A stream that is cut off at its fifth second, in every form.
  @Test(arguments: ["--json", "--csv", "--vtt", "--audacity", "--rttm", nil])
  func interruptedTimelinesAreWhole(_ form: String?) throws {
    let arguments = ["predict", "--timeline", "-", "--output", "x"] + bundle + windows
    let process = try PipedProcess(
      sandbox, arguments + (form.map { [$0] } ?? []) + (form == "--json" ? ["--picture", "x.png"] : []))
    try process.write(header() + pcm(talk(5)))
    try process.waitUntilRead()
    process.signal(SIGINT)
    let outcome = try process.finish()
    #expect(outcome.status == 130)
    #expect(outcome.errors.contains("stopped before the end") && outcome.errors.contains("its first 5.0 s is in x"))
    #expect(!sandbox.exists("x.part"))
    let text = try sandbox.text("x")
    switch form {
    case "--json":
      let file = try decoded(text)
      #expect(!file.complete && file.duration == 5 && file.windows.last?.end == 5 && !file.segments.isEmpty)
      #expect(sandbox.exists("x.png"))
    case "--csv": #expect(try CSV.parse(Data(text.utf8)).last?.fields[1] == "5.000")
    case "--vtt": #expect(text.hasPrefix("WEBVTT\n\n") && text.contains(" --> ") && text.contains("NOTE incomplete"))
    case "--audacity": #expect(text.split(separator: "\n").allSatisfy { $0.split(separator: "\t").count == 3 })
    case "--rttm": #expect(text.split(separator: "\n").allSatisfy { $0.split(separator: " ").count == 10 })
    default: #expect(text.contains("INCOMPLETE") && text.contains("0:05.0"))
    }
  }

  /// What the program prints before more comes shows that it does not wait for more.
  @Test(arguments: [true, false]) func liveSoundIsAnsweredHopByHop(_ isRaw: Bool) throws {
    let process = try PipedProcess(
      sandbox,
      ["predict", "-", "--json", "--window", "0.5", "--hop", "0.25"] + bundle + (isRaw ? ["--rate", "8000"] : []))
    if !isRaw { try process.write(header(size: 0)) }
    let sound = pcm(talk(2))
    struct Line: Decodable {
      let start: Double
      let end: Double
      let label: String?
      let probabilities: [String: Double]?
    }
    // A little more than a hop at a time, in odd numbers of bytes.
    for (count, position) in stride(from: 0, to: sound.count, by: 4_001).enumerated() {
      try process.write(sound[position..<min(position + 4_001, sound.count)])
      guard position + 4_001 < sound.count else { break }
      let line = try JSONDecoder().decode(Line.self, from: Data(try #require(try process.line()).utf8))
      #expect(line.end == 0.25 * Double(count + 1) && abs(line.end - line.start - (count == 0 ? 0.25 : 0.5)) < 1e-9)
      #expect((line.label == nil) == (line.probabilities == nil))
      #expect(abs((line.probabilities ?? ["": 1]).values.reduce(0, +) - 1) < 1e-9)
    }
    process.signal(SIGINT)
    let outcome = try process.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func liveFormsAndTheWholeAgree() throws {
    let sound = pcm(talk(1))
    let lines = try sandbox.emotive(
      arguments: ["predict", "-", "--window", "0.5"] + bundle, input: header() + sound)
    #expect(lines.status == 0 && lines.output.split(separator: "\n").count == 2, "\(lines.errors)")
    let csv = try sandbox.emotive(
      arguments: ["predict", "-", "--csv", "--window", "0.5", "--rate", "8000"] + bundle, input: sound)
    #expect(csv.output.hasPrefix("start,end,level,label,happy,sad\n") && csv.output.split(separator: "\n").count == 3)
    // One answer, whatever the header says of the length.
    try AudioFile.write(talk(1), to: sandbox.path("one.wav"))
    let file = try sandbox.emotive(arguments: ["predict", "one.wav", "--csv"] + bundle).output
    for (input, more) in [
      (try sandbox.data("one.wav"), []), (header() + sound, []), (sound, ["--rate", "8000"]),
    ] {
      let whole = try sandbox.emotive(arguments: ["predict", "-", "--whole", "--csv"] + bundle + more, input: input)
      #expect(whole.output.replacing("-,", with: "one.wav,", maxReplacements: 1) == file, "\(whole.errors)")
    }
  }

  @Test func hostileStreamsAreNamed() throws {
    let notANumber = [Float.nan].withUnsafeBytes { Data($0) }
    let cases: [(Data, [String], String)] = [
      (Data(), [], "the file is empty"), (Data("RIFF".utf8), [], "not a sound file"),
      (header(), [], "no samples"), (header().prefix(30), [], "ends within its WAV header"),
      (header(rate: 0), [], "frames a second, found 0"), (header(rate: 4_000_000_000), [], "4000000000"),
      (header(rate: 10), [], "1,000 to 1,000,000 samples a second, found 10"),
      (Data(repeating: 7, count: 51), ["--rate", "8000"], "at least 0.05 s are needed"),
      (notANumber, ["--rate", "8000", "--format", "f32le"], "NaN or infinite"),
      (Data([1]), ["--rate", "8000"], "no sound came"), (Data(), ["--rate", "8000"], "no sound came"),
    ]
    for (input, more, message) in cases {
      for kind in [[], ["--timeline", "--output", "y.txt"], ["--timeline", "--json"]] {
        let outcome = try sandbox.emotive(
          arguments: ["predict", "-"] + bundle + kind + more + ["--window", "0.5"], input: input)
        #expect(outcome.status == 1 && outcome.errors.contains(message), "\(message): \(outcome.errors)")
        #expect(!sandbox.exists("y.txt") && !sandbox.exists("y.txt.part") && outcome.output.isEmpty)
      }
    }
    // What cannot be decoded as it comes is taken as a whole: here A-law.
    let law = header(size: 16_000, encoding: 6, width: 1) + Data((0..<16_000).map { UInt8($0 * $0 % 251) })
    let whole = try sandbox.emotive(arguments: ["predict", "-", "--json"] + bundle, input: law)
    #expect(whole.status == 0 && whole.output.contains(#""probabilities""#), "\(whole.errors)")
    // A recording that breaks in the middle keeps what came before.
    let samples = talk(3).samples + [.infinity] + talk(1).samples
    let broken = try sandbox.emotive(
      arguments: ["predict", "--timeline", "-", "--json", "--rate", "8000", "--format", "f32le"] + bundle + windows,
      input: samples.withUnsafeBytes { Data($0) })
    #expect(broken.status == 1 && broken.errors.contains("NaN or infinite"))
    #expect(try !decoded(broken.output).complete)
  }

  @Test func wrongUsageIsNamed() throws {
    for (arguments, message) in [
      (["--timeline", "a.wav", "b.wav"], "needs --output, a folder"),
      (["--timeline", "."], "needs --output, a folder"),
      (
        ["--timeline", "a.wav", "b.wav", "--output", "x", "--picture", "x.png"], "--picture is for the timeline of one"
      ),
      (["a.wav", "--vtt"], "--vtt needs --timeline"),
      (["a.wav", "--picture", "x.png"], "--picture needs --timeline"),
      (["a.wav", "--hop", "1"], "need --timeline or -"),
      (["a.wav", "--dense"], "need --timeline"), (["-", "--no-dense"], "need --timeline"),
      (["--timeline", "a.wav", "--picture", "x.pdf"], "must end in .png or .svg"),
      (["a.wav", "--whole"], "--whole is for -"),
      (["a.wav", "--rate", "8000"], "are for -"), (["-", "--channels", "2"], "give its --rate too"),
      (["-", "--rate", "8000", "--channels", "0"], "--channels must be"), (["-", "--rate", "12"], "--rate must be"),
      (["-", "--rate", "8000", "--format", "mp3"], "--format"), (["-", "--output", "x"], "--output is not for -"),
      (["a.wav", "--output", "x"], "--output needs --json or --csv"),
      (["a.wav", "--json", "--resume"], "--resume needs --output"),
      (["a.wav", "--shard", "0/2"], "1/N to N/N"), (["a.wav", "--list", "x"], "--list excludes other inputs"),
      (["--timeline", "a.wav", "--shard", "1/2"], "are for many recordings"),
    ] {
      let outcome = try sandbox.emotive(arguments: ["predict"] + arguments)
      #expect(outcome.status == 64 && outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
    }
    let window = try sandbox.emotive(arguments: ["predict", "--timeline", "a.wav", "--hop", "9"] + bundle)
    #expect(
      window.status == 64 && window.errors.contains("--hop: expected 0.01 s to the window's length of 3 s, found 9"))
    let missing = try sandbox.emotive(arguments: ["predict", "--timeline", "a.wav"] + bundle)
    #expect(missing.status == 1 && missing.errors.contains("a.wav: there is no such file"))
  }
}
