import Foundation
import Testing

extension TimelineCommandTests {
  struct LiveLine: Decodable, Equatable {
    let start: Double
    let end: Double
    let label: String?
  }

  func liveLines(_ text: String) throws -> [LiveLine] {
    try text.split(separator: "\n").map { try JSONDecoder().decode(LiveLine.self, from: Data($0.utf8)) }
  }

  /// Half of what the header promises.
  @Test func aStreamThatIsCutIsIncomplete() throws {
    let cut = header(size: 64_000) + pcm(talk(2))
    let message = "truncated or damaged (its header promises 64000 bytes, 32000 are there)"
    func run(_ arguments: [String], _ input: Data) throws -> Sandbox.Outcome {
      try sandbox.emotive(arguments: ["predict", "-", "--json"] + arguments + bundle, input: input)
    }
    let timeline = try run(["--timeline"] + windows, cut)
    #expect(timeline.status == 1 && timeline.errors.contains(message), "\(timeline.errors)")
    let file = try decoded(timeline.output)
    #expect(!file.complete && file.duration == 2 && file.windows.last?.end == 2)

    let hops = ["--window", "0.5", "--hop", "0.25"]
    let live = try run(hops, cut)
    #expect(live.status == 1 && live.errors.contains(message), "\(live.errors)")
    let whole = try run(hops, header() + pcm(talk(2)))
    #expect(try whole.status == 0 && liveLines(whole.output) == liveLines(live.output), "\(whole.errors)")
    #expect(try liveLines(live.output).count == 8)

    let one = try run(["--whole"], cut)
    #expect(one.status == 1 && one.errors.contains(message), "\(one.errors)")
  }

  /// All of it comes at once: what is good is in one block with what is not.
  @Test func hopsBeforeABadSampleAreShown() throws {
    let samples = talk(2).samples + [.nan] + talk(1).samples
    let outcome = try sandbox.emotive(
      arguments: ["predict", "-", "--json", "--rate", "8000", "--format", "f32le"] + bundle
        + ["--window", "0.5", "--hop", "0.25"], input: samples.withUnsafeBytes { Data($0) })
    #expect(outcome.status == 1 && outcome.errors.contains("after 2.0 s: some samples are NaN"), "\(outcome.errors)")
    #expect(try liveLines(outcome.output).map(\.end) == (1...8).map { 0.25 * Double($0) })
  }

  /// The pipe stays open: whoever waited for its end would wait for ever.
  @Test(arguments: [[], ["--whole"], ["--timeline"]]) func whatIsNoSoundIsRefusedAtOnce(_ kind: [String]) throws {
    let process = try PipedProcess(sandbox, ["predict", "-"] + kind + bundle)
    try process.write(Data(String(repeating: "y\n", count: 5_000).utf8))
    let outcome = try process.finish()
    #expect(outcome.status == 1 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("not a sound file that libsndfile can read (Format not recog"), "\(outcome.errors)")
  }

  /// The end of the ten minutes comes alone, so that nothing is written to a program that has ended.
  @Test func aWholeRecordingEndsAtTheLongestDuration() throws {
    let process = try PipedProcess(sandbox, ["predict", "-", "--whole", "--json"] + bundle)
    try process.write(header(rate: 1_000) + Data(count: 1_199_000))
    try process.waitUntilRead()
    try process.write(Data(count: 4_000))
    let outcome = try process.finish()
    #expect(outcome.status == 1 && outcome.errors.contains("at most 600 s are allowed"), "\(outcome.errors)")
  }

  @Test func otherFormatsAreReadUpToASize() throws {
    try sandbox.makeCorpus()
    let trained = try sandbox.train("short", "--epochs", "1", "--members", "1", "--maximum-duration", "0.6")
    try #require(trained.status == 0, "\(trained.errors)")
    let process = try PipedProcess(
      sandbox,
      ["predict", "-", "--whole", "--json", "--skip-bad", "--bundle", sandbox.path("short/speakers/bundle")])
    // 0.6 s at 192 kHz, in eight channels of four bytes: 3,686,400 bytes.
    try process.write(Data("ID3".utf8) + Data(count: 3_686_000))
    try process.waitUntilRead()
    try process.write(Data(count: 4_000))
    let outcome = try process.finish()
    #expect(outcome.status == 0 && outcome.output.contains("\"error\":\"standard input: more than 3 MB came"))
    #expect(outcome.errors.contains("pipe in WAV of PCM"), "\(outcome.errors)")
  }

  @Test func badHeadersMayBeSkipped() throws {
    for input in [header().prefix(30), header(rate: 0)] {
      for kind in [[], ["--whole"]] {
        let arguments = ["predict", "-", "--csv"] + kind + bundle
        let outcome = try sandbox.emotive(arguments: arguments, input: input)
        #expect(outcome.status == 1 && outcome.errors.contains("--skip-bad makes it 0"), "\(outcome.errors)")
        let skipping = try sandbox.emotive(arguments: arguments + ["--skip-bad"], input: input)
        #expect(skipping.status == 0 && skipping.output == outcome.output, "\(skipping.errors)")
        let rows = skipping.output.split(separator: "\n")
        #expect(rows.count == 2 && rows.last?.hasPrefix("-,,") == true, "\(skipping.output)")
      }
    }
  }
}
