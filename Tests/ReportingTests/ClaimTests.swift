import Foundation
import Testing
import Training

@testable import Evaluation

/// When runs that are finished leave a claim open.
@Suite struct ClaimTests {
  let made: MadeRuns

  init() throws { made = try MadeRuns() }

  @Test func whatElseRunsDifferInIsNamed() throws {
    try made.declare("losses", runs: ["cross-entropy", "multi-margin"])
    try made.makeRun("losses/cross-entropy")
    func claim(_ change: (inout RunSettings) -> Void) throws -> ClaimResult {
      try made.makeRun("losses/multi-margin", members: [{ $0 % 5 == 0 ? 2 : $1 }], change: change)
      return try #require(try made.report().claims.first)
    }
    let more = try claim {
      $0.training.loss = .multiMargin
      ($0.training.learningRate, $0.training.epochs) = (0.5, 4)
      $0.training.schedule = .steps(every: 7, factor: 0.5)
    }
    #expect(more.missing == "the runs differ in epochs, learning_rate and schedule besides")
    #expect(more.verdict == .open && more.difference == nil)
    let augmented = try claim { $0.training.augmentation.timeShift = 3 }
    #expect(augmented.missing == "the runs differ in time_shift besides")
    let watched = try claim { $0.validation = .share(0.1) }
    #expect(watched.missing == "the runs differ in validation besides")

    // What the claim is about, where the recordings are divided, and the number format are no reason.
    let alike = try claim {
      $0.training.loss = .multiMargin
      $0.training.precision = $0.training.precision == .float32 ? .bfloat16 : .float32
    }
    #expect(alike.missing == nil && alike.verdict == .supported)

    let record = try made.text("losses/multi-margin/run.json")
    let corpus = #""corpora":[{"recordings":90,"skipped":0,"source":"csv=table.csv"}]"#
    try made.write(record.replacing(#""corpora":[]"#, with: corpus), to: "losses/multi-margin/run.json")
    let others = try #require(try made.report().claims.first)
    #expect(others.missing == "the runs differ in corpora besides")
    try FileManager.default.removeItem(at: made.folder.appending(path: "losses/multi-margin/run.json"))
    let unknown = try #require(try made.report().claims.first)
    #expect(unknown.verdict == .open && unknown.missing?.hasPrefix("a run has no run.json") == true)
  }

  @Test func ofClassesThatAreNotThereNothingIsSaid() throws {
    try made.declare("ensemble", runs: ["ensemble"])
    try made.makeRun("ensemble/ensemble", members: Array(repeating: { $1 }, count: 4))
    let data = Data(try made.text("ensemble/ensemble/result.json").utf8)
    var result = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    result["classes"] = (result["classes"] as? [[String: Any]])?.map { entry in
      entry["label"] as? String == "calm" ? entry.merging(["support": 0]) { _, none in none } : entry
    }
    let text = String(decoding: try JSONSerialization.data(withJSONObject: result), as: UTF8.self)
    try made.write(text, to: "ensemble/ensemble/result.json")
    let claim = try #require(try made.report().claims.last)
    #expect(claim.verdict == .open && claim.missing == "no recording that was tested is calm")
  }

  @Test func aRunAtChanceSupportsNothing() throws {
    try made.declare("losses", runs: ["cross-entropy", "multi-margin"])
    try made.makeRun("losses/cross-entropy")
    try made.makeRun("losses/multi-margin", members: [{ _, _ in 0 }])
    let claims = try made.report().claims
    #expect(claims.map(\.measure) == [.accuracy, .steadiness])
    #expect(claims[0].verdict == .open && (claims[0].difference ?? 0) > 0.6)
    #expect(claims[0].missing == "multi-margin does no better than chance (UAR 0.333, chance 0.333)")

    // What such a network takes for what can be said all the same.
    try made.declare("ensemble", runs: ["ensemble"])
    try made.makeRun("ensemble/ensemble", members: Array(repeating: { _, _ in 0 }, count: 4))
    let ensemble = try made.report().claims.filter { $0.experiment == "ensemble" }
    #expect(ensemble.map(\.measure) == [.ensembleGain, .calmForNeutral])
    #expect(ensemble[0].missing?.hasPrefix("ensemble does no better than chance") == true)
    #expect(ensemble[1].missing == nil && ensemble[1].difference == 1 && ensemble[1].verdict == .supported)
  }

  @Test func steadinessOfARunAtChanceSaysNothing() throws {
    try made.declare("schedules", runs: ["steps", "triangular"])
    let epochs = [0.1, 0.9, 0.2, 0.8, 0.5, 0.5, 0.7, 0.5, 0.7, 0.5]
    try made.makeRun("schedules/steps", epochs: epochs, wanted: 10, members: [{ _, _ in 1 }])
    try made.makeRun("schedules/triangular", epochs: epochs, wanted: 10)
    let claim = try #require(try made.report().claims.first)
    #expect(claim.verdict == .open && claim.missing?.hasPrefix("steps does no better than chance") == true)
  }

  @Test func fourNetworksAreFour() throws {
    try made.declare("ensemble", runs: ["single", "ensemble"])
    try made.makeRun("ensemble/single", members: [{ $0 % 5 == 0 ? 2 : $1 }])
    try made.makeRun("ensemble/ensemble", members: Array(repeating: { $1 }, count: 3))
    let claims = try made.report().claims
    #expect(claims.map(\.verdict) == [.open, .open, .notSupported])
    #expect(claims[0].missing == "ensemble has 3 networks and not 4" && claims[1].missing == claims[0].missing)
    #expect((claims[0].difference ?? 0) > 0)
    try made.makeRun("ensemble/ensemble", members: Array(repeating: { $1 }, count: 4))
    #expect(try made.report().claims.first?.verdict == .supported)
  }

  @Test func threeSpeakersAreTooFew() throws {
    try made.declare("whitening", runs: ["per-spectrogram", "none"])
    let split = "speakers:s1,s2,s3"
    try made.makeRun("whitening/per-spectrogram", split: split)
    try made.makeRun("whitening/none", split: split, members: [{ ($1 + 1) % 3 }])
    let claim = try #require(try made.report().claims.first)
    #expect(claim.verdict == .open && claim.difference == nil && claim.missing?.contains("too few") == true)
  }
}
