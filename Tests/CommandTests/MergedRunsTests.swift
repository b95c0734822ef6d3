import Foundation
import Testing

@Suite(.serialized) struct MergedRunsTests {
  let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox()
    try sandbox.makeCorpus()
  }

  /// Trains one epoch, as quickly as can be.
  func train(_ output: String, _ more: String...) throws {
    let outcome = try sandbox.emotive(
      arguments: sandbox.trainArguments(output) + ["--epochs", "1", "--members", "1"] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  func evaluate(_ runs: String..., corpora: [String] = ["csv=corpus.csv"], more: [String] = []) throws
    -> Sandbox.Outcome
  {
    let arguments = runs.flatMap { ["--run", $0] } + corpora.flatMap { ["--corpus", $0] } + more
    return try sandbox.emotive(arguments: ["evaluate"] + arguments)
  }

  @Test func neighbouringSeedsShareMembers() throws {
    try train("first", "--members", "2")
    try train("second", "--seed", "2")
    try train("third", "--seed", "3")
    let shared = try evaluate("first", "second")
    #expect(
      shared.status == 64
        && shared.errors.contains(
          "--run first, --run second: the runs hold the same network twice, as member 2 and as member 1"),
      "\(shared.errors)")
    let apart = try evaluate("first", "third")
    #expect(apart.status == 0 && apart.output.contains("3 network(s) of first, third"), "\(apart.errors)")
  }
}
