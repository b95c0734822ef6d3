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
    let cut = endlessHeader(size: 64_000) + pcm(talk(2))
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
    let whole = try run(hops, endlessHeader() + pcm(talk(2)))
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
}
