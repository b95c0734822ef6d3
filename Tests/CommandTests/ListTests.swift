import Foundation
import Testing

@Suite(.serialized) struct ListTests {
  let sandbox: Sandbox
  let bundle: [String]
  /// A line end is part of the second name.
  let names = ["a.wav", "b\nc.wav", "d.wav"]

  init() throws {
    sandbox = try Sandbox()
    bundle = ["--bundle", try SharedBundle.path()]
    try sandbox.makeRecordings(names)
  }

  struct Line: Decodable {
    let file: String
    let error: String?
  }

  func predict(_ list: String, _ more: String..., input: Data = Data()) throws -> Sandbox.Outcome {
    try sandbox.emotive(arguments: ["predict", "--json", "--list", list] + more + bundle, input: input)
  }

  /// The files that lines are of; none of them may have failed.
  func files(_ outcome: Sandbox.Outcome) throws -> [String] {
    let lines = try outcome.output.split(separator: "\n")
      .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    #expect(outcome.status == 0 && lines.allSatisfy { $0.error == nil }, "\(outcome.errors)")
    return lines.map(\.file)
  }

  @Test func pathsMayEndWithNull() throws {
    try sandbox.write(names.joined(separator: "\0") + "\0\0", "list")
    #expect(try files(predict("list", "--null")) == names)
    #expect(try files(predict("-", "--null", input: sandbox.data("list"))) == names)
    #expect(try files(predict("list", "--null", "--shard", "2/2")) == [names[1]])
    // The last of them may have no end, as the last line.
    try sandbox.write(names.joined(separator: "\0"), "list")
    #expect(try files(predict("list", "--null")) == names)
    let alone = try sandbox.emotive(arguments: ["predict", "a.wav", "--null"] + bundle)
    #expect(alone.status == 64 && alone.errors.contains("--null is for --list"), "\(alone.errors)")
  }

  @Test func pathsThatEndWithNullAreAnsweredAsTheyCome() throws {
    let process = try PipedProcess(sandbox, ["predict", "--list", "-", "--null", "--json"] + bundle)
    for name in names {
      try process.write(Data("\0\(name)\0d.w".utf8))
      #expect(try process.line()?.contains("wav\"") == true)
      try process.write(Data("av\0".utf8))
      #expect(try process.line()?.contains("\"file\":\"d.wav\"") == true)
    }
    try process.closeInput()
    let rest = try process.finish()
    #expect(rest.status == 0 && rest.output.isEmpty, "\(rest.errors)")
  }

  @Test func aByteOrderMarkIsPartOfNoName() throws {
    for list in ["\u{FEFF}a.wav\nd.wav\n", "\u{FEFF}\r\na.wav\r\nd.wav"] {
      try sandbox.write(list, "list")
      #expect(try files(predict("list")) == ["a.wav", "d.wav"])
      #expect(try files(predict("-", input: Data(list.utf8))) == ["a.wav", "d.wav"])
    }
  }

  @Test func whatIsNoListOfPathsIsRefusedAtOnce() throws {
    let long = String(repeating: "x", count: 1 << 24)
    let cases: [(String, [String], String)] = [
      ("a.wav\0d.wav\0", [], "line 1: it holds a NUL byte; paths that end with NUL, as those of `find"),
      (long, [], "line 1: it has more than 4096 bytes"), ("a.wav\n\(long)", [], "line 2: it has more than 4096 bytes"),
      ("a.wav\n\nd.wav\0\n", [], "line 3: it holds a NUL byte"),
      (long, ["--null"], "path 1: it has more than 4096 bytes, as no path has; expected paths that end with NUL"),
    ]
    for (list, more, message) in cases {
      try sandbox.write(list, "list")
      let outcome = try sandbox.emotive(arguments: ["predict", "--json", "--list", "list"] + more + bundle)
      #expect(outcome.status == 64 && outcome.output.isEmpty)
      #expect(outcome.errors.contains("--list list, \(message)"), "\(outcome.errors.prefix(999))")
    }
    // What comes through a pipe is only known by then.
    let piped = try predict("-", input: Data("a.wav\nd.wav\n\(long)".utf8))
    #expect(piped.status == 1 && piped.output.split(separator: "\n").count == 2)
    #expect(piped.errors.contains("--list -, line 3: it has more than 4096 bytes"), "\(piped.errors.prefix(999))")
    // A path may be as long as the system takes, which says what is wrong with it.
    try sandbox.write(String(repeating: "x/", count: 2_048) + "\na.wav\n", "list")
    let longest = try predict("list")
    #expect(longest.status == 1 && longest.output.split(separator: "\n").count == 2, "\(longest.errors)")
  }
}
