import Foundation
import Storage
import Testing

@testable import Evaluation

@Suite struct MetricsTests {
  @Test func agreesWithScikitLearnAndAudmetric() throws {
    for golden in try Golden.load().labels {
      let labels = (0..<golden.classes).map { "class \($0)" }
      let confusion = try ConfusionMatrix(labels: labels, truth: golden.truth, predicted: golden.predicted)
      #expect(confusion.counts == golden.confusion, "\(golden.name)")
      let metrics = try Metrics(confusion)
      #expect(metrics.n == golden.truth.count)
      #expect(abs(metrics.wa - golden.wa) < 1e-12, "\(golden.name)")
      #expect(abs(metrics.uar - golden.uar) < 1e-12, "\(golden.name)")
      #expect(abs(metrics.macroF1 - golden.macro_f1) < 1e-12, "\(golden.name)")
      #expect(metrics.classes.map(\.support) == golden.support)
      #expect(distance(metrics.classes.map(\.precision), golden.precision) < 1e-12, "\(golden.name)")
      #expect(distance(metrics.classes.map(\.recall), golden.recall) < 1e-12, "\(golden.name)")
      #expect(distance(metrics.classes.map(\.f1), golden.f1) < 1e-12, "\(golden.name)")
    }
  }

  @Test func jsonUsesSnakeCaseAndComesBackEqual() throws {
    let metrics = try Metrics(ConfusionMatrix(labels: ["a", "b"], truth: [0, 1, 1], predicted: [0, 1, 0]))
    let data = try JSON.encode(metrics)
    let keys = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]).keys
    #expect(Set(keys) == ["n", "wa", "uar", "macro_f1", "classes"])
    #expect(try JSON.decode(Metrics.self, from: data) == metrics)
  }

  @Test func rowSharesSumToOneOrAreZero() throws {
    let confusion = try ConfusionMatrix(labels: ["a", "b"], truth: [0, 0, 0, 0], predicted: [0, 1, 1, 1])
    #expect(confusion.rowShares == [[0.25, 0.75], [0, 0]])
  }

  @Test func refusesWhatDoesNotFit() {
    #expect(throws: MetricsError.lengths("true labels", 2, "predictions", 1)) {
      try ConfusionMatrix(labels: ["a"], truth: [0, 0], predicted: [0])
    }
    #expect(throws: MetricsError.classIndex(7, classCount: 2, position: 1)) {
      try ConfusionMatrix(labels: ["a", "b"], truth: [0, 1], predicted: [0, 7])
    }
    #expect(throws: MetricsError.classIndex(-1, classCount: 2, position: 0)) {
      try ConfusionMatrix(labels: ["a", "b"], truth: [-1], predicted: [0])
    }
    #expect(throws: MetricsError.empty) {
      try Metrics(ConfusionMatrix(labels: ["a"], truth: [], predicted: []))
    }
    #expect("\(MetricsError.classIndex(7, classCount: 2, position: 1))".contains("0..<2"))
  }
}
