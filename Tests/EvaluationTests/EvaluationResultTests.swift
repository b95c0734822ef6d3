import Corpora
import Foundation
import Storage
import Testing

@testable import Evaluation

@Suite struct EvaluationResultTests {
  /// Twelve recordings by three speakers, who all say the same two sentences.
  let recordings = (0..<12).map { index in
    Recording(
      path: "/none/\(index)", label: index % 2 == 0 ? "happy" : "sad", speaker: "csv-\(index / 4)", corpus: "csv",
      sentence: "csv-\(index / 2 % 2)")
  }

  /// Members whose logits point to the truth but for those recordings that each gets wrong.
  private func result(_ plan: String, wrong: [Set<Int>]) throws -> EvaluationResult {
    let outcomes = try SplitPlan(plan).splits(of: recordings, seed: 1).map { split in
      let truth = split.test.map { $0 % 2 }
      let logits = wrong.map { wrong in
        split.test.map { index -> [Double] in
          let said = wrong.contains(index) ? 1 - index % 2 : index % 2
          return said == 0 ? [1.5, 0] : [0, 1]
        }
      }
      return (
        split,
        try Predictions(
          files: split.test.map { recordings[$0].path }, truth: truth,
          speakers: split.test.map { recordings[$0].speaker }, logits: logits)
      )
    }
    return try EvaluationResult(outcomes, labels: ["happy", "sad"])
  }

  @Test func adaptationIsComparedOnTheSameRecordings() throws {
    func predictions(wrong: Set<Int>) throws -> Predictions {
      try Predictions(
        files: recordings.map(\.path), truth: recordings.indices.map { $0 % 2 }, speakers: recordings.map(\.speaker),
        logits: [recordings.indices.map { ($0 % 2 == 0) != wrong.contains($0) ? [1, 0] : [0, 1] }])
    }
    let all = Split.testing(all: recordings)
    // Of the twelve, six are wrong without adaptation, two of each speaker, and three with it, one of each.
    let result = try EvaluationResult(
      [(all, try predictions(wrong: [0, 4, 8]))], labels: ["happy", "sad"],
      unadapted: [predictions(wrong: [0, 1, 4, 5, 8, 9])])
    let unadapted = try #require(result.unadapted)
    #expect(result.wa == 0.75 && unadapted.wa == 0.5 && unadapted.uar == 0.5 && unadapted.macroF1 == 0.5)
    #expect(unadapted.gain.wa.low == 0.25 && unadapted.gain.wa.high == 0.25)
    #expect(unadapted.gain.uar.drawn == "over 3 speakers")
    #expect(throws: MetricsError.recordings("adapted", "unadapted")) {
      try EvaluationResult(
        [(all, try predictions(wrong: []))], labels: ["happy", "sad"],
        unadapted: [Predictions(files: ["x"], truth: [0], speakers: [nil], logits: [[[1, 0]]])])
    }
  }

  @Test func whatTheSidesShareIsStructured() throws {
    let disjoint = try result("loso", wrong: [[]])
    #expect(disjoint.splits.count == 3)
    for split in disjoint.splits {
      let leakage = try #require(split.leakage)
      #expect(leakage.sharedSpeakers == 0 && leakage.sharedSentences == 2 && leakage.sharedRecordings == 0)
      #expect(leakage.unknownSpeakers == 0)
    }
    #expect(disjoint.leakage?.summary == "2 sentences")
    let random = try result("random:0.5", wrong: [[]])
    #expect(random.figureTitle("a network").hasSuffix("; on both sides: 3 speakers, 2 sentences"))
    #expect(random.figureTitle("a network").hasPrefix("a network: random split"))
    // Curves are no better than what they lead to.
    var settings = RunSettings(networks: [.squeezenet1_1], weights: "/home/me/mine.pth")
    #expect(settings.curvesTitle(random) == random.figureTitle("SqueezeNet 1.1 from mine.pth"))
    settings.validation = .test
    #expect(settings.curvesTitle(random).hasSuffix("2 sentences (validation: the test side, for this picture only)"))
    #expect(settings.curvesTitle(nil).hasPrefix("SqueezeNet 1.1 from mine.pth (validation: the test side"))
    #expect(random.meanOverSplits.leakage == nil && random.members[0].leakage == nil)
    let json = try #require(
      JSONSerialization.jsonObject(with: JSON.encode(random)) as? [String: Any])
    let split = try #require((json["splits"] as? [[String: Any]])?.first)
    #expect(
      split["leakage"] as? [String: Int] == [
        "shared_speakers": 3, "shared_sentences": 2, "shared_recordings": 0, "unknown_speakers": 0,
      ])
    // Judged by a model from elsewhere, there is no second side to share anything with.
    let all = Split.testing(all: recordings)
    let predictions = try Predictions(
      files: recordings.map(\.path), truth: recordings.indices.map { $0 % 2 }, speakers: recordings.map(\.speaker),
      logits: [recordings.map { _ in [1, 0] }])
    #expect(try EvaluationResult([(all, predictions)], labels: ["happy", "sad"]).leakage == nil)
    // Unless it is known what that model has heard; the split's own training side then says nothing.
    let heard = Leakage(sharedSpeakers: 1, sharedRecordings: 4, unknownSpeakers: 0)
    let plan = try SplitPlan("speakers:csv-1").splits(of: recordings, seed: 1)
    let some = try Predictions(
      files: ["/a"], truth: [0], speakers: ["csv-1"], logits: [[[1, 0]]])
    let elsewhere = try EvaluationResult([(plan[0], some)], labels: ["happy", "sad"], leakage: [heard])
    #expect(elsewhere.leakage?.summary == "1 speaker, 4 identical recordings")
    #expect(elsewhere.splits[0].notes.allSatisfy { !$0.contains("both sides") })
  }

  @Test func theGainIsThereForSeveralMembersAlone() throws {
    #expect(try result("loso", wrong: [[1, 4]]).ensembleGain == nil)
    let three = try result("loso", wrong: [[1, 4], [6], [8, 9]])
    #expect(three.wa == 1)
    let gain = try #require(three.ensembleGain)
    #expect(abs(gain.wa - (1 - (10.0 + 11 + 10) / 36)) < 1e-12)
    #expect(gain.comparisons.map(\.mcnemar.firstOnly) == [2, 1, 2])
    #expect(gain.comparisons.allSatisfy { $0.mcnemar.secondOnly == 0 })
    #expect(three.uncertainty?.right != nil && three.uncertainty?.wrong == nil)
    #expect(try three.confusionMatrix() == ConfusionMatrix(labels: ["happy", "sad"], counts: [[6, 0], [0, 6]]))
    #expect(try result("loso", wrong: [[1, 4]]).uncertainty == nil)
  }

  /// As a prediction's uncertainty is, so that both can be compared.
  @Test(arguments: [1, 0.7, 2.5]) func uncertaintyIsOfCalibratedProbabilities(_ temperature: Double) throws {
    // (recording, member, class)
    let logits = recordings.indices.map { [[Double($0 % 5), 1.5], [1, Double($0 % 3)]] }
    let predictions = try Predictions(
      files: recordings.map(\.path), truth: logits.map { meanProbabilities($0).indexOfMaximum },
      speakers: recordings.map(\.speaker), logits: [0, 1].map { member in logits.map { $0[member] } },
      temperature: temperature)
    let result = try EvaluationResult(
      [(Split.testing(all: recordings), predictions)], labels: ["happy", "sad"])
    // All answers are right.
    let found = try #require(result.uncertainty?.right)
    let each = try logits.map { members in
      try Uncertainty(
        members: members.map { calibrated(softmax($0), temperature: temperature) },
        ensemble: calibrated(meanProbabilities(members), temperature: temperature))
    }
    let expected = try #require(Uncertainty(meanOf: each))
    #expect(abs(found.predictiveEntropy - expected.predictiveEntropy) < 1e-9)
    #expect(abs(found.mutualInformation - expected.mutualInformation) < 1e-9)
    #expect(abs(found.disagreement - expected.disagreement) < 1e-9)
    let uncalibrated = try logits.map { members in try Uncertainty(members: members.map { softmax($0) }) }
    let plain = try #require(Uncertainty(meanOf: uncalibrated))
    #expect((abs(found.predictiveEntropy - plain.predictiveEntropy) < 1e-9) == (temperature == 1))
  }

  @Test func jsonComesBackTheSame() throws {
    let result = try result("loso", wrong: [[1, 4], [6]])
    let data = try JSON.encode(result)
    let again = try JSON.decode(EvaluationResult.self, from: data)
    #expect(try JSON.encode(again) == data)
    let keys = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]).keys
    #expect(Set(["ensemble_gain", "calibration", "mean_over_splits", "ece", "temperature"]).isSubset(of: keys))
  }

  /// Bundles were written before results had `leakage`, `ensemble_gain`, `uncertainty` and `calibration`.
  @Test func resultsOfEarlierVersionsAreRead() throws {
    struct Manifest: Decodable {
      struct Provenance: Decodable { let figures: [EvaluationResult] }
      let provenance: Provenance
    }
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../Bundles/emotive/bundle.json")
    var json = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    var provenance = try #require(json["provenance"] as? [String: Any])
    var figures = try #require(provenance["figures"] as? [[String: Any]])
    // Whatever bundle ships later, without the later fields.
    for index in figures.indices {
      for key in ["ensemble_gain", "calibration", "uncertainty"] { figures[index][key] = nil }
      figures[index]["splits"] = try #require(figures[index]["splits"] as? [[String: Any]]).map { split in
        split.filter { $0.key != "leakage" }
      }
    }
    provenance["figures"] = figures
    json["provenance"] = provenance
    let old = try JSON.decode(Manifest.self, from: JSONSerialization.data(withJSONObject: json))
    #expect(!old.provenance.figures.isEmpty)
    for figure in old.provenance.figures {
      #expect(figure.ensembleGain == nil && figure.calibration == nil && figure.leakage == nil && figure.n > 0)
    }
    // And as it is.
    _ = try JSON.decode(Manifest.self, from: Data(contentsOf: file))
  }
}
