import Corpora
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

  func expectRefused(_ outcome: Sandbox.Outcome, _ message: String) {
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func neighbouringSeedsShareMembers() throws {
    try train("first", "--members", "2")
    try train("second", "--seed", "2")
    try train("third", "--seed", "3")
    expectRefused(
      try evaluate("first", "second"),
      "--run first, --run second: the runs hold the same network twice, as member 2 and as member 1")
    let apart = try evaluate("first", "third")
    #expect(apart.status == 0 && apart.output.contains("3 network(s) of first, third"), "\(apart.errors)")
  }

  @Test func foldsOfDifferentPartitionsAreNotPutTogether() throws {
    let recordings = try Corpus.read(CorpusSource(kind: .csv, path: sandbox.path("corpus.csv"))).recordings
    func tested(_ fold: Int, seed: UInt64) throws -> [Int] {
      try SplitPlan("kfold:3:\(fold)").splits(of: recordings, seed: seed)[0].test
    }
    let first = try tested(1, seed: 1)
    let other = try #require(try (UInt64(2)...100).first { try tested(2, seed: $0) == first })
    try train("first", "--split", "kfold:3:1")
    try train("second", "--split", "kfold:3:2", "--seed", "\(other)")
    expectRefused(
      try evaluate("first", "second"),
      "--run first, --run second: kfold-1 of the one and kfold-2 of the other both test 8 of the recordings")
    try train("third", "--split", "kfold:3:2")
    let folds = try evaluate("first", "third")
    #expect(folds.status == 0 && folds.output.contains("judged on kfold-1, kfold-2 alone"), "\(folds.errors)")
  }

  @Test func recordingsMayLieElsewhere() throws {
    try train("run")
    let files = FileManager.default
    try files.createDirectory(atPath: sandbox.path("moved"), withIntermediateDirectories: false)
    for name in try files.contentsOfDirectory(atPath: sandbox.folder.path)
    where name.hasSuffix(".wav") || name == "corpus.csv" {
      try files.moveItem(atPath: sandbox.path(name), toPath: sandbox.path("moved/\(name)"))
    }
    let moved = ["csv=moved/corpus.csv"]
    let outcome = try evaluate("run", corpora: moved, more: ["--output", "moved.json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let (before, after) = (try sandbox.text("run/result.json"), try sandbox.text("moved.json"))
    #expect(before == after)
    // Names are not enough: who speaks and what is felt must be the same.
    let table = try sandbox.text("moved/corpus.csv")
    for (old, new) in [("happy-2-0.wav,happy", "happy-2-0.wav,sad"), ("2-1.wav,happy,speaker2", "2-1.wav,happy,x")] {
      try Data(table.replacing(old, with: new).utf8).write(to: sandbox.folder.appending(path: "moved/corpus.csv"))
      let other = try evaluate("run", corpora: moved)
      #expect(
        other.status == 64 && other.errors.contains("the test side of speakers is not that of the recordings given"),
        "\(other.errors)")
    }
  }

  @Test func eachJudgedRecordingHasARow() throws {
    try train("run")
    let ofRun = try evaluate("run", more: ["--predictions", "run.csv", "--output", "run.json"])
    #expect(ofRun.status == 0, "\(ofRun.errors)")
    let ofBundle = try sandbox.emotive(
      "evaluate", "--bundle", "run/speakers/bundle", "--corpus", "csv=corpus.csv", "--split", "speakers:speaker2",
      "--predictions", "bundle.csv", "--output", "bundle.json")
    #expect(ofBundle.status == 0, "\(ofBundle.errors)")
    struct Result: Decodable { let wa: Double }
    for name in ["run", "bundle"] {
      let rows = try CSV.parse(sandbox.data("\(name).csv")).map(\.fields)
      #expect(rows.first == ["file", "speaker", "label", "predicted", "happy", "sad", "split"])
      let answers = rows.dropFirst()
      #expect(Set(answers.map { $0[0] }).count == 8)
      for row in answers {
        #expect(row[0].contains("/\(row[2])-2-") && row[1] == "csv-speaker2" && row[6] == "speakers", "\(row)")
        let probabilities = row[4...5].compactMap { Double($0) }
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5, "\(row)")
        #expect(row[3] == (probabilities[0] >= probabilities[1] ? "happy" : "sad"), "\(row)")
      }
      let result = try JSONDecoder().decode(Result.self, from: sandbox.data("\(name).json"))
      #expect(Double(answers.count { $0[2] == $0[3] }) / 8 == result.wa)
    }
    let again = try evaluate("run", more: ["--predictions", "run.csv", "--output", "run.csv"])
    #expect(again.status == 64 && again.errors.contains("--predictions run.csv is also --output"), "\(again.errors)")
    for (flag, file) in [
      ("--predictions", "corpus.csv"), ("--predictions", "happy-2-0.wav"), ("--output", "run/result.json"),
      ("--output", "run/speakers/predictions.json"),
    ] {
      let before = try sandbox.data(file)
      let outcome = try evaluate("run", more: [flag, file])
      #expect(outcome.status == 64 && outcome.errors.contains("\(flag) \(file) is also the input"), "\(outcome.errors)")
      #expect(try sandbox.data(file) == before)
    }
  }

  /// Three tables whose speakers have one name: told apart by the corpora's names, each is tested by networks of the two others.
  @Test func corporaOfOneKindHaveNames() throws {
    let lines = try sandbox.text("corpus.csv").split(separator: "\n")
    for (number, file) in ["corpus.csv", "one.csv", "two.csv"].enumerated() {
      let theirs = lines.filter { $0.hasSuffix(",speaker\(number)") }
      let table = ([lines[0]] + theirs).joined(separator: "\n").replacing(",speaker\(number)", with: ",anna")
      try Data(table.utf8).write(to: sandbox.folder.appending(path: file))
    }
    let others = ["csv:one=one.csv", "csv:two=two.csv"]
    try train("run", "--split", "cross", "--corpus", others[0], "--corpus", others[1])
    let record = try sandbox.text("run/run.json")
    #expect(others.allSatisfy { record.contains("\"source\" : \"\($0)\"") }, "\(record)")
    let outcome = try evaluate("run", corpora: ["csv=corpus.csv"] + others, more: ["--predictions", "answers.csv"])
    #expect(outcome.status == 0 && outcome.output.contains("cross-one-two"), "\(outcome.output)\(outcome.errors)")
    #expect(!outcome.output.contains("Not speaker-disjoint"), "\(outcome.output)")
    // Each recording is judged twice, as two corpora were trained on.
    let rows = try CSV.parse(sandbox.data("answers.csv")).dropFirst().map(\.fields)
    let judged = Dictionary(grouping: rows) { $0[0] }
    #expect(judged.count == 24 && judged.values.allSatisfy { Set($0.map { $0[6] }).count == 2 })
    #expect(Set(rows.map { $0[1] }) == ["csv-anna", "one-anna", "two-anna"])
  }
}
