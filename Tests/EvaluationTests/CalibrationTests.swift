import Foundation
import Testing

@testable import Evaluation

@Suite struct CalibrationTests {
  @Test func agreesWithScikitLearnAndSciPy() throws {
    for golden in try Golden.load().calibration {
      let probabilities = golden.logits.map { softmax($0) }
      let calibration = try Calibration(probabilities: probabilities, truth: golden.truth)
      let used = calibration.bins.filter { $0.count > 0 }
      #expect(abs(calibration.ece - golden.ece) < 1e-6, "\(golden.name)")
      #expect(calibration.bins.map(\.count) == golden.counts, "\(golden.name)")
      #expect(distance(used.map(\.accuracy), golden.accuracies) < 1e-9, "\(golden.name)")
      #expect(distance(used.map(\.confidence), golden.confidences) < 1e-9, "\(golden.name)")

      let temperature = try Calibration.temperature(logits: golden.logits, truth: golden.truth)
      #expect(abs(temperature - golden.temperature) < 1e-6 * golden.temperature, "\(golden.name)")
    }
  }

  @Test func logProbabilitiesGiveTheSameTemperature() throws {
    let golden = try Golden.load().calibration[0]
    let logarithms = golden.logits.map { softmax($0).map { log($0) } }
    let fromLogits = try Calibration.temperature(logits: golden.logits, truth: golden.truth)
    #expect(abs(try Calibration.temperature(logits: logarithms, truth: golden.truth) - fromLogits) < 1e-9)
  }

  @Test func staysInItsRangeWhereNoBestTemperatureExists() throws {
    let logits: [[Double]] = [[2, 0], [0, 2]]
    #expect(abs(try Calibration.temperature(logits: logits, truth: [0, 1]) - 0.05) < 1e-9)
    #expect(abs(try Calibration.temperature(logits: logits, truth: [1, 0]) - 20) < 1e-9)
  }

  @Test func fullConfidenceFallsIntoTheLastBin() throws {
    let calibration = try Calibration(probabilities: [[1, 0], [0, 1]], truth: [0, 0])
    #expect(calibration.bins.last?.count == 2)
    #expect(calibration.ece == 0.5)
  }

  @Test func softmaxSurvivesLargeLogits() {
    #expect(softmax([1000, 0]) == [1, 0])
  }

  @Test func refusesWhatDoesNotFit() {
    #expect(throws: MetricsError.empty) { try Calibration(probabilities: [], truth: []) }
    #expect(throws: MetricsError.row(1, "it holds NaN or infinity")) {
      try Calibration.temperature(logits: [[0, 1], [.nan, 1]], truth: [0, 0])
    }
    #expect(throws: MetricsError.classIndex(2, classCount: 2, position: 0)) {
      try Calibration.temperature(logits: [[0, 1]], truth: [2])
    }
  }
}

@Suite struct UncertaintyTests {
  @Test func agreesWithSciPy() throws {
    for golden in try Golden.load().uncertainty {
      let uncertainty = try Uncertainty(members: golden.members)
      #expect(abs(uncertainty.predictiveEntropy - golden.predictive_entropy) < 1e-12)
      #expect(abs(uncertainty.mutualInformation - golden.mutual_information) < 1e-12)
      #expect(uncertainty.disagreement == golden.disagreement)
    }
  }

  @Test func errorsAreToldByEntropyAsWellAsScikitLearnSays() throws {
    let golden = try Golden.load().errors_by_entropy
    let uncertainty = try EnsembleUncertainty(members: golden.members, isRight: golden.right)
    #expect(abs(try #require(uncertainty.auroc) - golden.auroc) < 1e-12)
    #expect(abs(try #require(uncertainty.right).predictiveEntropy - golden.right_entropy) < 1e-12)
    #expect(abs(try #require(uncertainty.wrong).predictiveEntropy - golden.wrong_entropy) < 1e-12)

    let allRight = try EnsembleUncertainty(members: golden.members, isRight: golden.right.map { _ in true })
    #expect(allRight.wrong == nil && allRight.auroc == nil)
    #expect(throws: MetricsError.lengths("members' probabilities", golden.members.count, "answers", 1)) {
      try EnsembleUncertainty(members: golden.members, isRight: [true])
    }
  }

  @Test func agreementAndDisagreementAreToldApart() throws {
    let unsure = try Uncertainty(members: [[0.5, 0.5], [0.5, 0.5]])
    #expect(unsure.mutualInformation == 0 && abs(unsure.predictiveEntropy - log(2)) < 1e-12)
    let divided = try Uncertainty(members: [[1, 0], [0, 1]])
    #expect(abs(divided.mutualInformation - log(2)) < 1e-12 && divided.disagreement == 0.5)
  }

  @Test func refusesWhatDoesNotFit() {
    #expect(throws: MetricsError.empty) { try Uncertainty(members: []) }
    #expect(throws: MetricsError.row(1, "it has 1 classes, the first has 2")) {
      try Uncertainty(members: [[1, 0], [1]])
    }
  }
}
