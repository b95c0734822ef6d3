import Testing

@testable import Evaluation

@Suite struct VerdictTests {
  private func interval(_ low: Double, _ high: Double) -> BootstrapInterval {
    BootstrapInterval(low: low, high: high, level: 0.95, resamples: 2000, unit: .speaker, clusters: 20)
  }

  @Test(arguments: [
    (0.001, 0.05, Verdict.supported), (-0.001, 0.05, .undecided), (-0.05, 0.0099, .notSupported),
    (-0.05, -0.01, .notSupported), (-0.05, 0.0101, .undecided), (0.001, 0.005, .supported), (0, 0.05, .undecided),
  ])
  func somethingIsBetter(_ low: Double, _ high: Double, _ verdict: Verdict) {
    #expect(Verdict(interval(low, high), same: false) == verdict)
  }

  @Test(arguments: [
    (-0.009, 0.009, Verdict.supported), (-0.01, 0.01, .supported), (-0.02, 0.02, .undecided),
    (0.005, 0.03, .notSupported), (-0.03, -0.005, .notSupported), (0.001, 0.009, .supported),
  ])
  func nothingChanges(_ low: Double, _ high: Double, _ verdict: Verdict) {
    #expect(Verdict(interval(low, high), same: true) == verdict)
  }

  @Test func theHardestRecordingsAreThoseOfTheHighestMeanLoss() throws {
    // Two classes; the logits' difference decides the probability, e.g. 0 gives 1/2.
    func predictions(_ logits: [Double]) throws -> Predictions {
      try Predictions(
        files: ["/data/Actor/a.wav", "/data/Actor/b.wav", "c.wav"], truth: [0, 1, 0], speakers: [nil, nil, nil],
        logits: [logits.map { [$0, 0] }])
    }
    let labels = ["sad", "happy"]
    let found = HardRecording.hardest(
      [(labels, [try predictions([-3, -3, 0])]), (labels, [try predictions([-1, -3, 5])])], count: 2)
    #expect(found.map(\.file) == ["Actor/a.wav", "c.wav"])
    #expect(found[0].label == "sad" && found[0].predicted == "happy" && found[0].agreeing == 2 && found[0].answers == 2)
    // -ln(1 / (1 + e^3)) = 3.048587, -ln(1 / (1 + e)) = 1.313262, their mean 2.180925.
    #expect(abs(found[0].loss - 2.180925) < 1e-6)
    // Right in one run and undecided in the other, where the first class counts as the answer.
    #expect(found[1].predicted == "sad" && abs(found[1].loss - (0.693147 + 0.006715) / 2) < 1e-6)
  }
}
