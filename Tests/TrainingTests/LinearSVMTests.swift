import Foundation
import Testing
import Torch

@testable import Training

/// Against scikit-learn's `StandardScaler` and `LinearSVC`; values made by `tools/golden_svm.py`.
@Suite struct LinearSVMTests {
  struct Golden: Decodable {
    let name: String
    let classes: Int
    let cost: Double
    let labels: [Int]
    let folds: [[Int]]
    let features, test: [[Float]]
    let decisions, converged: [[Double]]
    let costs, scores: [Double]
  }

  let golden: [Golden]

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    golden = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: folder.appending(path: "svm.json")))
  }

  private func distance(_ first: [[Double]], _ second: [[Double]]) -> Double {
    guard first.map(\.count) == second.map(\.count) else { return .infinity }
    return zip(first.joined(), second.joined()).map { abs($0 - $1) }.max() ?? 0
  }

  /// Decision values are of the order of 1. At the default tolerance both sides stop a little before the optimum, the
  /// dual solver after draws of its own.
  @Test func decisionValuesAreScikitLearns() throws {
    for golden in golden {
      func values(_ tolerance: Double) throws -> [[Double]] {
        try LinearSVM(
          features: golden.features, labels: golden.labels, classCount: golden.classes, cost: golden.cost,
          tolerance: tolerance
        ).decisionValues(of: golden.test)
      }
      #expect(distance(try values(1e-4), golden.decisions) < 2e-3, "\(golden.name)")
      #expect(distance(try values(1e-10), golden.converged) < 1e-6, "\(golden.name)")
    }
  }

  @Test func theCostIsThatOfTheBestInnerScore() throws {
    for golden in golden {
      let (svm, scores) = try LinearSVM.choosingCost(
        features: golden.features, labels: golden.labels, classCount: golden.classes, folds: golden.folds,
        costs: golden.costs)
      #expect(scores.map(\.cost) == golden.costs)
      for (score, expected) in zip(scores, golden.scores) {
        #expect(abs(score.uar - expected) < 1e-12, "\(golden.name)")
      }
      let best = try #require(golden.scores.max())
      #expect(svm.cost == golden.costs[try #require(golden.scores.firstIndex(of: best))])
    }
  }

  @Test func theCostCanBeChosenOnWhatIsHeldBack() throws {
    for golden in golden {
      let held = Set(try #require(golden.folds.first))
      func side(_ isHeld: Bool) -> (features: [[Float]], labels: [Int]) {
        let indices = golden.labels.indices.filter { held.contains($0) == isHeld }
        return (indices.map { golden.features[$0] }, indices.map { golden.labels[$0] })
      }
      let (training, heldBack) = (side(false), side(true))
      let (svm, scores) = try LinearSVM.choosingCost(
        features: training.features, labels: training.labels, classCount: golden.classes, heldBack: heldBack,
        costs: golden.costs)
      #expect(scores.map(\.cost) == golden.costs)
      for score in scores {
        let machine = try LinearSVM(
          features: training.features, labels: training.labels, classCount: golden.classes, cost: score.cost)
        let answers = machine.decisionValues(of: heldBack.features).map(\.indexOfMaximum)
        let recall = meanRecall(heldBack.labels, isRight: zip(heldBack.labels, answers).map { $0 == $1 })
        #expect(score.uar == recall, "\(golden.name)")
        // The machine is the training side's at that cost.
        if score.isChosen { #expect(svm.decisionValues(of: golden.test) == machine.decisionValues(of: golden.test)) }
      }
      let best = try #require(scores.map(\.uar).max())
      #expect(scores.first { $0.uar == best }?.cost == svm.cost && scores.count { $0.isChosen } == 1, "\(golden.name)")
    }
  }

  @Test func theSameSeedGivesTheSameMachine() throws {
    let golden = golden[1]  // the dual solver draws
    func values(_ seed: UInt64) throws -> [[Double]] {
      try LinearSVM(
        features: golden.features, labels: golden.labels, classCount: 3, cost: golden.cost, tolerance: 0.1, seed: seed
      ).decisionValues(of: golden.test)
    }
    let first = try values(1)
    #expect(try values(2) != first)
    srand(77)
    #expect(try values(1) == first)
  }

  @Test func aClassWithoutExamplesIsNeverClaimed() throws {
    let golden = golden[0]
    let kept = golden.labels.indices.filter { golden.labels[$0] != 2 }
    let svm = try LinearSVM(
      features: kept.map { golden.features[$0] }, labels: kept.map { golden.labels[$0] }, classCount: 5)
    let values = svm.decisionValues(of: golden.test)
    #expect(values.allSatisfy { $0.count == 5 && $0[2] == -1 && $0[4] == -1 })
    // The others stand at their own indices.
    #expect(Set(values.map(\.indexOfMaximum)).isSubset(of: [0, 1, 3]))
  }

  @Test func refusesWhatDoesNotFit() {
    func message(_ features: [[Float]], _ labels: [Int], cost: Double = 1) -> String {
      do {
        _ = try LinearSVM(features: features, labels: labels, classCount: 2, cost: cost)
        return ""
      } catch { return "\(error)" }
    }
    #expect(message([[1], [2]], [0]).contains("a class for each"))
    #expect(message([[1], [2]], [0, 0]).contains("at least 2"))
    #expect(message([[1], [2]], [0, 2]).contains("at least 2"))
    #expect(message([[1], [2, 3]], [0, 1]).contains("example 1"))
    #expect(message([[.nan], [2]], [0, 1]).contains("example 0"))
    #expect(message([[1], [2]], [0, 1], cost: 0).contains("LIBLINEAR refuses"))
    #expect(throws: TrainingError.self) {
      try LinearSVM.choosingCost(features: [[1], [2]], labels: [0, 1], classCount: 2, folds: [])
    }
    #expect(throws: TrainingError.self) {
      try LinearSVM.choosingCost(features: [[1], [2]], labels: [0, 1], classCount: 2, heldBack: ([], []))
    }
  }
}
