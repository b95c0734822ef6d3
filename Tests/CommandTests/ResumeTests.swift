import Foundation
import Testing

@Suite(.serialized) struct ResumeTests {
  let sandbox: Sandbox
  let predict: [String]
  let names = ["a.wav", "b.wav", "c.wav"]

  init() throws {
    sandbox = try Sandbox()
    predict = ["predict", "--json", "--output", "out", "--bundle", try SharedBundle.path()]
    try sandbox.makeRecordings(names)
  }

  struct Line: Decodable { let file: String }

  /// The files that the output has lines of.
  func files() throws -> [String] {
    try sandbox.text("out").split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).file }
  }

  func run(_ more: [String]) throws -> Sandbox.Outcome { try sandbox.emotive(arguments: predict + more) }

  /// What a kill leaves before the copy has the name of the lines that wait.
  @Test func aRunThatWasKilledWhileItCopiedGoesOn() throws {
    let first = try run([names[0], names[1]])
    #expect(first.status == 0, "\(first.errors)")
    let finished = try sandbox.text("out")
    try sandbox.write("", "out.part")
    try sandbox.write("{\"file\":\"a.w", "out.part.new")
    // Doing them again would fail.
    for name in names.prefix(2) { try FileManager.default.removeItem(atPath: sandbox.path(name)) }
    let resumed = try run(names + ["--resume"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try sandbox.text("out").hasPrefix(finished) && files() == names)
    #expect(!sandbox.exists("out.part") && !sandbox.exists("out.part.new"))
  }

  @Test(arguments: ["--json", "--csv"]) func linesThatWaitAreNotThrownAway(_ form: String) throws {
    let arguments = ["predict", form, "--output", "out", names[0]] + predict.suffix(2)
    try sandbox.write("lines", "out.part")
    try sandbox.write("half of", "out.part.new")
    let refused = try sandbox.emotive(arguments: arguments)
    #expect(refused.status == 64 && refused.output.isEmpty)
    #expect(refused.errors.contains("out.part holds lines of an interrupted run; --resume"), "\(refused.errors)")
    #expect(try sandbox.text("out.part") == "lines" && !sandbox.exists("out"))
    // Nothing is lost with none.
    try sandbox.write("", "out.part")
    let begun = try sandbox.emotive(arguments: arguments)
    #expect(begun.status == 0 && !sandbox.exists("out.part") && !sandbox.exists("out.part.new"), "\(begun.errors)")
    // Nor with a timeline, which nobody could go on with.
    try sandbox.write("half of a timeline", "out.part")
    let timeline = try sandbox.emotive(arguments: arguments + ["--timeline", "--window", "0.5", "--hop", "0.25"])
    #expect(timeline.status == 0 && !sandbox.exists("out.part"), "\(timeline.errors)")
    #expect(try !sandbox.text("out").contains("half of"))
  }

  /// A header is no result: the next run need not be told to go on with it.
  @Test func aRunThatFailsBeforeItsFirstResultLeavesNoLines() throws {
    let arguments = ["predict", "--csv", "--output", names[0], "--list", "list.txt"] + predict.suffix(2)
    try sandbox.write("\(names[0])\n", "list.txt")
    let sound = try sandbox.data(names[0])
    for _ in 0..<2 {
      let outcome = try sandbox.emotive(arguments: arguments)
      #expect(outcome.status == 64 && outcome.errors.contains("is also the input"), "\(outcome.errors)")
      #expect(try sandbox.data("\(names[0]).part").isEmpty && sandbox.data(names[0]) == sound)
    }
  }

  @Test func permissionsStay() throws {
    func permissions() -> mode_t {
      var status = stat()
      return stat(sandbox.path("out"), &status) == 0 ? status.st_mode & 0o777 : 0
    }
    #expect(try run([names[0]]).status == 0)
    try #require(chmod(sandbox.path("out"), 0o600) == 0)
    #expect(try run([names[0], names[1], "--resume"]).status == 0)
    #expect(try permissions() == 0o600 && files() == [names[0], names[1]])
    #expect(try run([names[2]]).status == 0)
    #expect(try permissions() == 0o600 && files() == [names[2]])
  }

  @Test func aFolderIsTheSameWithASlash() throws {
    try FileManager.default.createDirectory(atPath: sandbox.path("many/deep"), withIntermediateDirectories: true)
    try sandbox.makeRecordings(["many/a.wav", "many/deep/b.wav"])
    #expect(try run(["many/"]).status == 0)
    #expect(try files() == ["many/a.wav", "many/deep/b.wav"])
    for folder in ["many", "many/", "many//"] {
      let resumed = try run([folder, "--resume"])
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try files().count == 2, "\(folder)")
    }
  }

  /// The same letter as one code point, and as a letter with an accent.
  @Test func namesOfOtherUnicodeFormsAreOtherNames() throws {
    let (composed, decomposed) = ("\u{E9}.wav", "e\u{301}.wav")
    #expect(composed == decomposed)
    try sandbox.makeRecordings([composed, decomposed])
    try sandbox.write("\(composed)\n", "one.txt")
    try sandbox.write("\(decomposed)\n\(composed)\n", "two.txt")
    let first = try run(["--list", "one.txt"])
    #expect(first.status == 0, "\(first.errors)")
    let both = try run(["--list", "two.txt", "--resume"])
    #expect(both.status == 0, "\(both.errors)")
    #expect(try files().map { Array($0.utf8) } == [composed, decomposed].map { Array($0.utf8) })
  }
}
