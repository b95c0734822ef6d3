import Foundation
import Testing

@Suite(.serialized) struct NamesTests {
  let sandbox: Sandbox
  let bundle: [String]
  /// A line end, a tab, what clears a terminal, and a control character of two bytes.
  let hostile = "a\n\t\u{1B}[2J\u{9B}.wav"
  let escaped = "a\\n\\t\\033[2J\\302\\233.wav"

  init() throws {
    sandbox = try Sandbox()
    bundle = ["--bundle", try SharedBundle.path()]
    try sandbox.makeRecordings([hostile, "b \\ ü.wav"])
  }

  @Test func whatPeopleReadIsEscaped() throws {
    let lines = try sandbox.emotive(arguments: ["predict", hostile, "b \\ ü.wav"] + bundle)
    #expect(lines.status == 0, "\(lines.errors)")
    let rows = lines.output.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(rows.map(\.count) == [3, 3] && rows.map { String($0[0]) } == [escaped, "b \\ ü.wav"])
    let one = try sandbox.emotive(arguments: ["predict", hostile] + bundle)
    #expect(one.output.hasPrefix("\(escaped): "), "\(one.errors)")
    let hops = ["--window", "0.5", "--hop", "0.25"]
    let timeline = try sandbox.emotive(arguments: ["predict", "--timeline", hostile] + hops + bundle)
    #expect(timeline.output.contains("\(escaped), 0:00.5: "), "\(timeline.errors)")
    try #require(truncate("\(sandbox.folder.path)/\(hostile)", 20) == 0)
    let bad = try sandbox.emotive(arguments: ["predict", hostile, "b \\ ü.wav", "--skip-bad"] + bundle)
    #expect(bad.status == 0 && bad.errors.contains("left out: \(escaped): the file is truncated"), "\(bad.errors)")
  }

  @Test func whatProgramsReadIsAsItIs() throws {
    struct Line: Decodable { let file: String }
    let json = try sandbox.emotive(arguments: ["predict", "--json", hostile] + bundle)
    #expect(try JSONDecoder().decode(Line.self, from: Data(json.output.utf8)).file == hostile)
    let csv = try sandbox.emotive(arguments: ["predict", "--csv", hostile] + bundle)
    #expect(csv.output.contains("\n\"\(hostile)\","), "\(csv.output)")
  }
}
