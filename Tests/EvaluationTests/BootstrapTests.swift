import Testing

@testable import Evaluation

@Suite struct BootstrapTests {
  @Test func agreesWithSciPyByRecording() throws {
    let golden = try Golden.load().bootstrap
    let intervals = try BootstrapInterval.estimate(truth: golden.truth, predicted: golden.predicted, resamples: 10_000)
    // The two sides draw differently: an end of 10,000 resamples has a spread of about 0.001.
    #expect(distance([intervals.wa.low, intervals.wa.high], golden.wa) < 0.005)
    #expect(distance([intervals.uar.low, intervals.uar.high], golden.uar) < 0.005)
    let macroF1 = try #require(intervals.macroF1)
    #expect(distance([macroF1.low, macroF1.high], golden.macro_f1) < 0.005)
    #expect(intervals.wa.unit == .recording && intervals.wa.clusters == 300)
  }

  /// Twelve speakers: an end of 10,000 resamples has a spread of about 0.003.
  @Test func agreesWithSciPyBySpeaker() throws {
    let golden = try Golden.load().speaker_bootstrap
    let intervals = try BootstrapInterval.estimate(
      truth: golden.truth, predicted: golden.predicted, speakers: try #require(golden.speakers), resamples: 10_000)
    #expect(distance([intervals.wa.low, intervals.wa.high], golden.wa) < 0.01)
    #expect(distance([intervals.uar.low, intervals.uar.high], golden.uar) < 0.01)
    let macroF1 = try #require(intervals.macroF1)
    #expect(distance([macroF1.low, macroF1.high], golden.macro_f1) < 0.01)
    #expect(intervals.wa.unit == .speaker && intervals.wa.drawn == "over 12 speakers")
  }

  @Test func percentilesAreExpandedAsStudentsTSays() throws {
    for golden in try Golden.load().tails {
      // The larger the tail, the more digits the bisection's t and erfc leave it; those of two clusters are as good as 0.
      let found = [0.95, 0.9].map { BootstrapInterval.tail(level: $0, clusters: golden.clusters) }
      #expect(abs(found[0] - golden.tail) < 1e-9 && abs(found[1] - golden.tail_90) < 1e-9, "\(golden.clusters)")
    }
    #expect(BootstrapInterval.tail(level: 0.95, clusters: 1) == 0)
  }

  @Test func anIntervalOverFewerThanFourSpeakersIsNotUsable() throws {
    func interval(speakers: Int) throws -> BootstrapInterval {
      let numbers = Array(0..<(4 * speakers))
      return try BootstrapInterval.estimate(
        truth: numbers.map { $0 % 2 }, predicted: numbers.map { $0 % 3 % 2 }, speakers: numbers.map { "s\($0 / 4)" }
      ).uar
    }
    #expect(try interval(speakers: 2).shortage == "too few speakers for an interval: 2")
    #expect(try interval(speakers: 3).shortage == "too few speakers for an interval: 3")
    #expect(try interval(speakers: 4).shortage == nil)
    // Recordings are drawn here.
    #expect(try interval(speakers: 1).isUsable)
    let old = BootstrapInterval(low: 0.1, high: 0.2, level: 0.95, resamples: 2000, unit: .speaker, clusters: nil)
    #expect(old.isUsable)
  }

  /// Four speakers of 30, 50, 70 and 90%: no sample of 2,000 lacks one that holds the best or the worst alone.
  @Test func fewSpeakersGiveTheWholeRange() throws {
    let truth = Array(repeating: 0, count: 40)
    let predicted = (0..<4).flatMap { speaker in (0..<10).map { $0 < 3 + 2 * speaker ? 0 : 1 } }
    let speakers = (0..<40).map { "speaker \($0 / 10)" }
    let wa = try BootstrapInterval.estimate(truth: truth, predicted: predicted, speakers: speakers).wa
    #expect(wa.low < 0.35 && wa.high > 0.85)
  }

  @Test func sameSeedSameInterval() throws {
    let golden = try Golden.load().bootstrap
    func uar(_ seed: UInt64) throws -> BootstrapInterval {
      try BootstrapInterval.estimate(truth: golden.truth, predicted: golden.predicted, resamples: 200, seed: seed).uar
    }
    #expect(try uar(1) == uar(1))
    #expect(try uar(1) != uar(2))
  }

  /// What another implementation of these draws gives (in Python: SplitMix64, a draw for each cluster of a sample). It must
  /// stay so, as published intervals could not be made again otherwise.
  @Test func theDrawsStayAsTheyAre() throws {
    let speakers: [String?] = ["a", "a", "b", "c", nil, "c", "b", "d", "d", "a", nil, "e"]
    let truth = [0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0]
    let predicted = [0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1]
    func ends(_ speakers: [String?]) throws -> [Double] {
      let intervals = try BootstrapInterval.estimate(truth: truth, predicted: predicted, speakers: speakers)
      let macroF1 = try #require(intervals.macroF1)
      return [intervals.wa, intervals.uar, macroF1].flatMap { [$0.low, $0.high] }
    }
    let bySpeaker = [
      0.33982419628663585, 0.932313340583529, 0.3239785533030831, 0.9429569550176463, 0.2857142857142857,
      0.9275472307836172,
    ]
    let byRecording = [
      0.3333333333333333, 0.9166666666666666, 0.3142857142857143, 0.9444444444444444, 0.3142857142857143,
      0.916083916083916,
    ]
    #expect(try distance(ends(speakers), bySpeaker) < 1e-9)
    #expect(try distance(ends([]), byRecording) < 1e-9)
    #expect(try ends(Array(repeating: nil, count: truth.count)) == ends([]))
  }

  @Test func withoutClustersOrFiguresThereIsNoInterval() {
    #expect(ClusterBootstrap(names: []).interval(.speaker) { _ in 1 } == nil)
    #expect(ClusterBootstrap(names: ["a"]).interval(.speaker) { _ in nil } == nil)
  }

  /// Ten speakers, each wholly right or wholly wrong: a sample's accuracy is the share of right speakers, so that the
  /// interval is that of ten coin tosses and far wider than by recording.
  @Test func drawsWholeSpeakers() throws {
    let truth = (0..<400).map { $0 % 2 }
    let speakers = (0..<400).map { "speaker \($0 / 40)" }
    let predicted = truth.indices.map { $0 / 40 < 5 ? truth[$0] : 1 - truth[$0] }
    let byRecording = try BootstrapInterval.estimate(truth: truth, predicted: predicted).wa
    let bySpeaker = try BootstrapInterval.estimate(truth: truth, predicted: predicted, speakers: speakers).wa
    #expect(bySpeaker.unit == .speaker)
    // The percentiles 0.75 and 99.25 of ten coin tosses.
    #expect(bySpeaker.low == 0.1 && bySpeaker.high == 0.9)
    #expect(byRecording.high - byRecording.low < 0.12)
  }

  @Test func oneSpeakerIsNotEnoughToDrawFrom() throws {
    let interval = try BootstrapInterval.estimate(truth: [0, 1, 0], predicted: [0, 0, 0], speakers: ["a", "a", nil])
    #expect(interval.wa.unit == .recording)
  }

  @Test func perfectIsAPoint() throws {
    let intervals = try BootstrapInterval.estimate(truth: [0, 1, 2], predicted: [0, 1, 2], resamples: 50)
    #expect(intervals.uar.low == 1 && intervals.uar.high == 1)
  }

  @Test func quantileIsLinear() {
    #expect(BootstrapInterval.quantile([1, 2, 4], 0.75) == 3)
    #expect(BootstrapInterval.quantile([1, 2, 4], 1) == 4)
  }

  @Test func refusesWhatDoesNotFit() {
    #expect(throws: MetricsError.empty) { try BootstrapInterval.estimate(truth: [], predicted: []) }
    #expect(throws: MetricsError.lengths("true labels", 2, "speakers", 1)) {
      try BootstrapInterval.estimate(truth: [0, 1], predicted: [0, 1], speakers: ["a"])
    }
  }
}
