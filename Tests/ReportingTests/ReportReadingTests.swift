import Corpora
import Foundation
import Testing

@testable import Evaluation

@Suite struct ReportReadingTests {
  let made: MadeRuns

  init() throws { made = try MadeRuns() }

  @Test func eachRunIsFoundAsFarAsItCame() throws {
    try made.declare("losses", runs: ["done", "going", "begun", "broken", "absent", "unreadable"])
    try made.makeRun("losses/done")
    try made.makeRun("losses/going", split: "kfold:2", epochs: [0.1, 0.2], wanted: 7, members: [])
    try made.write(
      made.text("losses/going/kfold-1/member-1/epochs.jsonl") + "{\"epoch\":3,\"ima",
      to: "losses/going/kfold-1/member-1/epochs.jsonl")
    try made.makeRun("losses/begun", epochs: [], members: [])
    try made.makeRun("losses/broken", members: [])
    try made.write(
      RunFailure(reason: "the loss became nan", failed: "2026-01-02T03:04:05Z"), to: "losses/broken/failed.json")
    try made.makeRun("losses/unreadable")
    try made.write("{\"n\": 3}", to: "losses/unreadable/result.json")

    let runs = try made.report().experiments[0].runs
    #expect(runs.map(\.state) == [.finished, .unfinished, .unfinished, .failed, .notStarted, .unfinished])
    #expect(runs[1].explanation == "after epoch 2 of 7 of kfold-2, member 1")
    #expect(runs[1].trainings.map(\.epochs.count) == [2, 2])
    #expect(runs[2].explanation == "after epoch 0 of 3 of random, member 1")
    #expect(runs[3].explanation == "the loss became nan (2026-01-02T03:04:05Z)")
    let problem = try #require(runs[5].problems.first)
    #expect(problem.hasPrefix("result.json cannot be read: ") && problem.hasSuffix(" is missing"))
    #expect(runs[5].explanation == "after 1 training")
    #expect(runs[0].sharesSpeakers == true && runs[1].sharesSpeakers == false && runs[4].sharesSpeakers == nil)
    #expect(runs[0].imagesPerSecond == 40 && runs[0].seconds == 6)
    // Paths are cut: a report is read elsewhere.
    #expect(runs[0].origin?.command == "emotive train --corpus csv=table.csv")
    #expect(runs[0].origin?.settings.weights == "weights.safetensors")
    let interval = try #require(runs[0].intervals?.macroF1)
    #expect(interval.low == 1 && interval.high == 1 && runs[0].calibration?.after != nil)
  }

  @Test func aRunOnEverythingIsFinishedWithItsBundle() throws {
    try made.makeRun("everything", split: "none", members: [])
    let before = try made.report().experiments[0].runs[0]
    #expect(before.state == .unfinished && before.explanation == "after 1 training, without its bundle")
    try made.write("{}", to: "everything/all/bundle/bundle.json")
    let after = try made.report().experiments[0].runs[0]
    #expect(after.state == .finished && after.explanation?.hasPrefix("trained on everything") == true)
  }

  @Test func aResultAloneKeepsItsIntervalsAndItsCalibration() throws {
    try made.makeRun("a", members: [{ $0 % 5 == 0 ? 2 : $1 }])
    let whole = try made.report().experiments[0].runs[0]
    try FileManager.default.removeItem(at: made.folder.appending(path: "a/random"))
    let run = try made.report().experiments[0].runs[0]
    #expect(run.state == .finished && run.problems.isEmpty && run.trainings.isEmpty)
    #expect(run.calibration != nil && run.calibration == whole.calibration)
    #expect(run.intervals != nil && run.intervals?.wa == whole.intervals?.wa)
  }

  @Test func aConfusionMatrixThatIsNoneIsAProblemOfItsRun() throws {
    try made.makeRun("a")
    let data = Data(try made.text("a/result.json").utf8)
    for counts in [[[-1, 1, 0], [0, 1, 0], [0, 0, 1]], [[1, 0], [0, 1], [0, 0]], []] {
      var result = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      result["confusion"] = counts
      try made.write(
        String(decoding: JSONSerialization.data(withJSONObject: result), as: UTF8.self), to: "a/result.json")
      let run = try made.report().experiments[0].runs[0]
      #expect(run.result == nil && run.state == .unfinished)
      #expect(run.problems.first?.hasPrefix("result.json cannot be used: the confusion matrix must have") == true)
    }
  }

  @Test func namesThatLeadElsewhereAreNotFollowed() throws {
    try made.makeRun("outside")
    try made.declare("losses", runs: ["../outside", "", ".", "a/b"])
    let runs = try made.report().experiments[0].runs
    #expect(runs.allSatisfy { $0.state == .notStarted && $0.problems == ["its name is not that of a folder"] })
  }

  @Test func foldersOfEveryKindAreReports() throws {
    try made.declare("protocols", runs: ["a"])
    try made.declare("whitening", runs: [])
    try made.declare("another", runs: [])
    try made.makeRun("protocols/a", split: "kfold:2")
    try made.makeRun("loose")
    #expect(try made.report().experiments.map(\.record.name) == ["whitening", "protocols", "another", "runs"])
    let one = try Report(folder: made.folder.appending(path: "protocols"))
    #expect(one.experiments.map(\.isDeclared) == [true] && one.experiments[0].runs.map(\.state) == [.finished])
    let run = try Report(folder: made.folder.appending(path: "loose"))
    #expect(run.experiments.map(\.isDeclared) == [false] && run.experiments[0].runs.map(\.title) == ["loose"])
    let nothing = #expect(throws: ReportError.self) { try Report(folder: made.folder.appending(path: "nowhere")) }
    #expect(nothing?.description.contains("experiment.json or run.json") == true)
    try made.write("{}", to: "bad/experiment.json")
    let bad = #expect(throws: ReportError.self) { try made.report() }
    #expect(bad?.description.contains("bad/experiment.json is not an experiment's record: name is missing") == true)
  }

  @Test func whatIsLeftOutOfARecordIsAbsent() throws {
    try made.write(#"{"name": "losses", "runs": [{"name": "a"}]}"#, to: "experiment.json")
    let experiment = try made.report().experiments[0]
    #expect(experiment.title == "losses" && !experiment.isQuick && experiment.runs[0].title == "a")
    #expect(try JSONDecoder().decode(RunFailure.self, from: Data(#"{"reason": "x"}"#.utf8)).failed == nil)
  }

  @Test func claimsAreJudgedByTheirRuns() throws {
    // Wrong on every fifth recording, by members that agree; against right on all.
    try made.declare("whitening", runs: ["per-spectrogram-random", "none-random", "none-disjoint"])
    try made.makeRun("whitening/per-spectrogram-random")
    try made.makeRun("whitening/none-random", members: [{ $0 % 5 == 0 ? 2 : $1 }])
    try made.declare("batch-size", runs: ["batch-8", "batch-24", "batch-48"])
    try made.makeRun("batch-size/batch-8")
    try made.makeRun("batch-size/batch-24")
    let claims = try made.report().claims
    let (whitening, same, open) = (claims[0], claims[1], claims[2])
    #expect(claims.count == 3)

    let wrong = try made.report().experiments[0].runs[1].result.map { 1 - $0.wa } ?? 0
    #expect(wrong > 0.1 && abs((whitening.difference ?? 0) - wrong) < 1e-12)
    #expect(whitening.verdict == .supported && whitening.sharesSpeakers == true && whitening.interval?.unit == .speaker)
    #expect(same.verdict == .supported && same.interval?.low == 0 && same.interval?.high == 0)
    #expect(open.verdict == .open && open.missing == "batch-48: not started" && open.difference == nil)
  }

  @Test func runsOfOnesOwnAreComparedWithTheFirst() throws {
    // Wrong on every fifth recording, against right on all.
    try made.makeRun("a", split: "kfold:2")
    try made.makeRun("b", split: "kfold:2", members: [{ $0 % 5 == 0 ? ($1 + 1) % 3 : $1 }])
    // Other protocols make other differences.
    try made.makeRun("c")
    let report = try made.report().experiments[0]
    let comparisons = try #require(report.comparisons)
    let wrong = MadeRuns.recordings.indices.count { $0 % 5 == 0 }
    #expect(comparisons.map(\.runs) == [["b", "a"]] && comparisons[0].n == MadeRuns.recordings.count)
    #expect(abs(comparisons[0].wa + Double(wrong) / Double(MadeRuns.recordings.count)) < 1e-12)
    let uar = try #require(report.runs[1].result?.uar)
    #expect(abs(comparisons[0].uar - (uar - 1)) < 1e-12)
    #expect(comparisons[0].mcnemar == McNemar(firstOnly: 0, secondOnly: wrong))
    #expect(comparisons[0].intervals.wa.high < 0 && comparisons[0].intervals.wa.unit == .speaker)

    try made.declare("losses", runs: ["a"])
    #expect(try made.report().experiments[0].comparisons == nil)
  }

  @Test func runsThatDifferInTheirSeedAloneHaveAMeanAndADeviation() throws {
    for (index, every) in [1000, 5, 2].enumerated() {
      try made.makeRun(
        "\(index)", split: "kfold:2", members: [{ $0 % every == 1 ? ($1 + 1) % 3 : $1 }],
        change: { $0.training.seed = UInt64(index + 1) })
    }
    try made.makeRun("other", split: "kfold:2") { ($0.training.seed, $0.training.epochs) = (9, 4) }
    let report = try made.report().experiments[0]
    let seeds = try #require(report.seeds)
    #expect(seeds.map(\.runs) == [["0", "1", "2"]] && seeds[0].seeds == [1, 2, 3])
    let values = report.runs.prefix(3).compactMap { $0.result?.wa }
    let mean = values.reduce(0, +) / 3
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 2
    #expect(abs(seeds[0].wa.mean - mean) < 1e-12 && abs(seeds[0].wa.deviation - variance.squareRoot()) < 1e-12)
  }

  @Test func networksThatRunsHaveInCommonAreNoOtherSeed() throws {
    for seed in [1, 2] as [UInt64] {
      try made.makeRun("\(seed)", split: "kfold:2", members: [{ $1 }, { $1 }]) { $0.training.seed = seed }
    }
    #expect(try made.report().experiments[0].seeds?.isEmpty == true)
  }

  @Test func differencesAreTakenOverTheRecordingsThatBothRunsTested() throws {
    try made.declare("whitening", runs: ["per-spectrogram", "none"])
    // Right on its half of the recordings; against right on these, and wrong on all others.
    try made.makeRun("whitening/per-spectrogram")
    let tested = try SplitPlan("random:0.5").splits(of: MadeRuns.recordings, seed: 1)[0].test
    try made.makeRun("whitening/none", split: "kfold:2", members: [{ tested.contains($0) ? $1 : ($1 + 1) % 3 }])
    let shared = try #require(try made.report().claims.first)
    #expect(shared.difference == 0 && shared.interval?.low == 0 && shared.interval?.high == 0)

    // Two halves of the speakers have no recording in common.
    for name in ["per-spectrogram", "none"] {
      try FileManager.default.removeItem(at: made.folder.appending(path: "whitening/\(name)"))
    }
    try made.makeRun("whitening/per-spectrogram", split: "kfold:2:1")
    try made.makeRun("whitening/none", split: "kfold:2:2", members: [{ ($1 + 1) % 3 }])
    #expect(try made.report().claims.first?.difference == 1)
  }

  @Test func ensemblesAndConfusionsAreMeasuredOnOneRun() throws {
    try made.declare("ensemble", runs: ["single", "ensemble"])
    // Calm is always taken for neutral by three of four members; the fourth is right.
    let wrong: (Int, Int) -> Int = { _, truth in truth == 1 ? 0 : truth }
    try made.makeRun("ensemble/ensemble", members: [wrong, wrong, wrong, { $1 }])
    let claims = try made.report().claims
    #expect(claims.map(\.measure) == [.accuracy, .ensembleGain, .calmForNeutral])
    #expect(claims[0].verdict == .open && claims[0].missing == "single: not started")
    // A third of the recordings is calm: the members' mean accuracy is (3 * 2/3 + 1)/4, the ensemble's 2/3.
    #expect(abs((claims[1].difference ?? 0) + 1.0 / 12) < 0.02 && claims[1].verdict == .notSupported)
    #expect(claims[2].difference == 1 && claims[2].verdict == .supported)
    let run = try made.report().experiments[0].runs[1]
    #expect(run.firstMemberConfusion?.counts[1][1] == 0)
  }

  @Test func steadinessIsMeasuredOnTheSecondHalf() throws {
    try made.declare("schedules", runs: ["steps", "triangular"])
    let start = [0.1, 0.9, 0.2, 0.8, 0.5]
    try made.makeRun("schedules/steps", epochs: start + [0.5, 0.52, 0.5, 0.52, 0.5], wanted: 10)
    try made.makeRun("schedules/triangular", epochs: start + [0.5, 0.7, 0.5, 0.7, 0.5], wanted: 10)
    let claim = try #require(try made.report().claims.first)
    // Changes of 0, 0.2, 0.2, 0.2, 0.2 against 0, 0.02, 0.02, 0.02, 0.02.
    #expect(abs((claim.difference ?? 0) - 0.144) < 1e-9)
    #expect(claim.verdict == .supported && claim.interval?.unit == .epoch)

    try made.makeRun("schedules/steps", epochs: [0.1, 0.2], wanted: 2)
    try made.makeRun("schedules/triangular", epochs: [0.1, 0.3], wanted: 2)
    let early = try #require(try made.report().claims.first)
    #expect(early.verdict == .open && early.missing?.contains("too few") == true)
  }
}
