import Foundation
import Testing

@testable import Evaluation

@Suite struct McNemarTests {
  @Test func agreesWithSciPy() throws {
    for golden in try Golden.load().mcnemar {
      let test = McNemar(firstOnly: golden.first_only, secondOnly: golden.second_only)
      #expect(abs(test.exactP - golden.exact_p) < 1e-10 * golden.exact_p, "\(golden)")
      #expect(abs(test.chiSquared - golden.chi_squared) < 1e-12 * max(1, golden.chi_squared), "\(golden)")
      #expect(abs(test.chiSquaredP - golden.chi_squared_p) < 1e-12, "\(golden)")
    }
  }

  @Test func countsWhatOneAloneGotRight() throws {
    let test = try McNemar(truth: [0, 1, 2, 0, 1], first: [0, 1, 2, 1, 0], second: [0, 0, 0, 0, 2])
    #expect(test.firstOnly == 2 && test.secondOnly == 1)
    #expect(throws: MetricsError.lengths("true labels", 2, "predictions", 1)) {
      try McNemar(truth: [0, 1], first: [0, 1], second: [0])
    }
  }

  @Test func equalClassifiersDoNotDiffer() throws {
    let test = try McNemar(truth: [0, 1], first: [0, 0], second: [0, 0])
    #expect(test.exactP == 1 && test.chiSquaredP == 1 && test.chiSquared == 0)
  }
}

@Suite struct EnsembleGainTests {
  @Test func agreesWithScikitLearn() throws {
    let golden = try Golden.load().ensemble
    let gain = try EnsembleGain(
      labels: ["a", "b", "c", "d"], truth: golden.truth, ensemble: golden.ensemble,
      members: golden.members.enumerated().map { ("member-\($0 + 1)", $1) })
    #expect(abs(gain.wa - golden.wa) < 1e-12)
    #expect(abs(gain.uar - golden.uar) < 1e-12)
    #expect(abs(gain.macroF1 - golden.macro_f1) < 1e-12)
    // The members are right with shares of 0.4, 0.7 and 0.6 and by chance.
    #expect(gain.medianMember == "member-3" && gain.comparisons.count == 3)
    #expect(gain.againstMedian == gain.comparisons[2].mcnemar)
    #expect(
      gain.comparisons[0].mcnemar
        == (try McNemar(truth: golden.truth, first: golden.ensemble, second: golden.members[0])))
  }

  @Test func ofAnEvenNumberTheBetterMiddleIsTheMedian() throws {
    let truth = [0, 1, 0, 1]
    let members = [[0, 0, 1, 0], [0, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]]
    let gain = try EnsembleGain(
      labels: ["a", "b"], truth: truth, ensemble: truth,
      members: members.enumerated().map { ("member-\($0 + 1)", $1) })
    #expect(gain.medianMember == "member-2" && gain.wa == 1 - 0.625)
  }
}

@Suite struct TemperatureScalingTests {
  private func predictions(_ logits: [[Double]], _ truth: [Int], temperature: Double = 1) throws -> Predictions {
    // No two splits have a recording in common.
    try Predictions(
      files: truth.map { _ in UUID().uuidString }, truth: truth, speakers: truth.map { _ in nil }, logits: [logits],
      temperature: temperature)
  }

  @Test func eachSplitsTemperatureIsFittedOnTheOthers() throws {
    let golden = try Golden.load().scaling
    let splits = try zip(golden.logits, golden.truth).map { try predictions($0, $1) }
    let scaling = try TemperatureScaling(splits, source: "unused")
    #expect(distance(scaling.temperatures, golden.temperatures) < 1e-5)
    #expect(abs(scaling.before.ece - golden.before) < 1e-9)
    #expect(abs(try #require(scaling.after).ece - golden.after) < 1e-5)
    #expect(scaling.source.contains("the test sides of the others"))

    // What is on a split's own test side does not change its temperature.
    var changed = splits
    changed[1] = try predictions(golden.logits[1].map { $0.map { -$0 } }, golden.truth[1])
    let other = try TemperatureScaling(changed, source: "unused")
    #expect(other.temperatures[1] == scaling.temperatures[1])
    #expect(other.temperatures[0] != scaling.temperatures[0])
  }

  @Test func temperaturesThatComeWithThePredictionsAreKept() throws {
    let golden = try Golden.load().scaling
    let split = try predictions(golden.logits[0], golden.truth[0], temperature: 2.5)
    let scaling = try TemperatureScaling([split], source: "validation")
    #expect(scaling.temperatures == [2.5] && scaling.source == "validation")
    #expect(scaling.after == (try Calibration(probabilities: split.probabilities, truth: split.truth)))
    #expect(scaling.before == (try Calibration(probabilities: split.averaged, truth: split.truth)))
  }

  @Test func theHalvesOfOneSplitAreScaledByEachOther() throws {
    let golden = try Golden.load().scaling
    let (logits, truth) = (golden.logits[0], golden.truth[0])
    let scaling = try TemperatureScaling([predictions(logits, truth)], source: "unused")
    func half(_ first: Int) throws -> Predictions {
      let indices = Array(stride(from: first, to: truth.count, by: 2))
      return try predictions(indices.map { logits[$0] }, indices.map { truth[$0] })
    }
    let halves = try TemperatureScaling([half(0), half(1)], source: "unused")
    #expect(scaling.temperatures == halves.temperatures && scaling.after == halves.after)
    #expect(scaling.source == "fitted for each half of the test side on the other half")
    #expect(scaling.before == halves.before)

    // Speakers are not torn apart: with two, each is a half.
    let speakers = truth.indices.map { $0 < 10 ? "a" : "b" }
    let spoken = try Predictions(
      files: truth.map { "\($0)" }, truth: truth, speakers: speakers, logits: [logits])
    let bySpeaker = try TemperatureScaling([spoken], source: "unused")
    let parts = [0..<10, 10..<truth.count].map { (Array(logits[$0]), Array(truth[$0])) }
    #expect(
      bySpeaker.temperatures
        == (try TemperatureScaling(parts.map { try predictions($0.0, $0.1) }, source: "unused").temperatures))
  }

  @Test func splitsThatTestTheSameRecordingsFitNothingOnEachOther() throws {
    let golden = try Golden.load().scaling
    // As two networks of other corpora that are tested on a third one, beside a split of other recordings.
    func split(_ number: Int, _ name: String, temperature: Double = 1) throws -> Predictions {
      let truth = golden.truth[number]
      return try Predictions(
        files: truth.indices.map { "\(name)-\($0)" }, truth: truth, speakers: truth.map { _ in nil },
        logits: [golden.logits[number]], temperature: temperature)
    }
    let apart = try TemperatureScaling([split(0, "a"), split(1, "b")], source: "unused")
    let shared = try TemperatureScaling([split(0, "a"), split(0, "a"), split(1, "b")], source: "unused")
    #expect(apart.after != nil && shared.after == nil && shared.temperatures.isEmpty)
    #expect(shared.source == "none: the same recordings are on the test sides of several splits")
    // Temperatures of validation sides are none of this.
    let fitted = try TemperatureScaling(
      [split(0, "a", temperature: 2), split(0, "a", temperature: 3)], source: "validation")
    #expect(fitted.temperatures == [2, 3] && fitted.source == "validation" && fitted.after != nil)
  }

  @Test func twoRecordingsHaveNothingHonestToFitOn() throws {
    let golden = try Golden.load().scaling
    let few = try predictions(Array(golden.logits[0][..<2]), Array(golden.truth[0][..<2]))
    let scaling = try TemperatureScaling([few], source: "unused")
    #expect(scaling.after == nil && scaling.temperatures.isEmpty)
  }
}
