import Foundation
import Testing

@Suite(.serialized) struct InterruptionTests {
  let sandbox: Sandbox
  let bundle: [String]

  init() throws {
    sandbox = try Sandbox()
    bundle = ["--bundle", try SharedBundle.path()]
  }

  @Test(arguments: [SIGTERM, SIGINT]) func whatIsPrintedEndsWithAWholeLine(_ signal: Int32) throws {
    try sandbox.makeRecordings(["a.wav"])
    let process = try PipedProcess(sandbox, ["predict", "--list", "-", "--json"] + bundle)
    try process.write(Data("a.wav\n".utf8))
    #expect(try process.line()?.contains("\"file\":\"a.wav\"") == true)
    process.signal(signal)
    let outcome = try process.finish()
    #expect(outcome.status == 130 && outcome.output.isEmpty, "\(outcome.errors)")
    #expect(outcome.errors.contains("stopped; the results so far have been written"))
  }

  @Test func beforeTheFirstPathNothingIsSaid() throws {
    let process = try PipedProcess(sandbox, ["predict", "--list", "-", "--json", "--output", "out"] + bundle)
    // Blank lines are no path, but show that it is waiting for one.
    try process.write(Data("\n".utf8))
    try process.waitUntilRead()
    process.signal(SIGTERM)
    let outcome = try process.finish()
    #expect(outcome.status == 130 && outcome.errors.isEmpty && outcome.output.isEmpty, "\(outcome.errors)")
  }

  /// As a service of systemd, which ignores the signal that ends others.
  @Test(arguments: [
    ["--json"], ["--csv"], ["--timeline", "--window", "0.5", "--hop", "0.25"],
  ]) func aReaderWhoHasGoneIsNoFailure(_ form: [String]) throws {
    try sandbox.makeRecordings(["a.wav"])
    let process = sandbox.process([])
    let program = try #require(process.executableURL).path
    process.executableURL = URL(filePath: "/bin/sh")
    let script = "trap '' PIPE; { \"$@\" 2> errors; echo $? > status; } | true"
    let shell: [String] = ["-c", script, "sh", program, "predict", "a.wav"]
    process.arguments = shell + form + bundle
    try process.run()
    process.waitUntilExit()
    #expect(try sandbox.text("status") == "0\n" && !sandbox.text("errors").contains("cannot be written"))
  }

  /// Nobody writes into the pipe, so that it is waited for in vain.
  @Test func theSecondSignalEndsItAtOnce() throws {
    try #require(mkfifo(sandbox.path("stuck.wav"), 0o600) == 0)
    let process = try PipedProcess(sandbox, ["predict", "stuck.wav", "--json", "--output", "out"] + bundle)
    try process.wait("begins") { sandbox.exists("out.part") }
    // Two of the same kind could become one.
    process.signal(SIGINT)
    process.signal(SIGTERM)
    #expect(try process.finish().status == 130)
  }
}
