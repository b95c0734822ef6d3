import Torch

extension LinearSVM {
  /// What one cost brought where it was tried.
  public struct CostScore: Codable, Sendable, Equatable {
    /// The cost that was tried.
    public let cost: Double
    /// The mean recall over the classes (UAR) on the examples that were held back, of inner folds on all test sides together.
    public let uar: Double
    /// Whether it is the cost that was chosen.
    public internal(set) var isChosen = false

    init(cost: Double, truth: [Int], predicted: [Int]) {
      self.cost = cost
      uar = meanRecall(truth, isRight: zip(truth, predicted).map { $0 == $1 })
    }
  }

  /// The costs that are tried: on a few hundred standardised features, a larger one hardly changes the machine.
  public static let costs = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]

  /// Fits a machine at the cost that has the highest UAR on inner folds of the training side; of equals, the lowest cost.
  ///
  /// The scaler is fitted anew in each fold, so that no fold sees its own test side.
  ///
  /// - Parameters:
  ///   - features: (example, feature), of the training side alone.
  ///   - labels: the class of each example, from 0.
  ///   - classCount: the number of classes, of which some may have no example.
  ///   - folds: the test sides of the inner folds, as indices into `features`; `Split.innerFolds` makes them.
  ///   - costs: the costs that are tried.
  ///   - seed: of each machine, see ``init(features:labels:classCount:cost:tolerance:seed:)``.
  /// - Returns: the machine fitted on all examples, and the UAR of each cost.
  /// - throws: `TrainingError` where there is no fold or no cost, or features do not fit.
  public static func choosingCost(
    features: [[Float]], labels: [Int], classCount: Int, folds: [[Int]], costs: [Double] = costs, seed: UInt64 = 1
  ) throws -> (svm: LinearSVM, scores: [CostScore]) {
    guard !folds.isEmpty, !costs.isEmpty else { throw TrainingError("the SVM's cost is chosen on folds, found none") }
    let scores = try costs.map { cost in
      var truth: [Int] = []
      var predicted: [Int] = []
      for fold in folds {
        let held = Set(fold)
        let rest = features.indices.filter { !held.contains($0) }
        let svm = try LinearSVM(
          features: rest.map { features[$0] }, labels: rest.map { labels[$0] }, classCount: classCount, cost: cost,
          seed: seed)
        truth += fold.map { labels[$0] }
        predicted += svm.decisionValues(of: fold.map { features[$0] }).map(\.indexOfMaximum)
      }
      return CostScore(cost: cost, truth: truth, predicted: predicted)
    }
    let (best, judged) = chosen(scores)
    let svm = try LinearSVM(
      features: features, labels: labels, classCount: classCount, cost: scores[best].cost, seed: seed)
    return (svm, judged)
  }

  /// Fits a machine at the cost that has the highest UAR on examples that were held back; of equals, the lowest cost.
  ///
  /// - Parameters:
  ///   - features: (example, feature), of the training side alone.
  ///   - labels: the class of each example, from 0.
  ///   - heldBack: features and classes that the machine is not fitted on.
  /// - Returns: the machine fitted on the training side, and the UAR of each cost.
  /// - throws: `TrainingError` where nothing was held back, or features do not fit.
  public static func choosingCost(
    features: [[Float]], labels: [Int], classCount: Int, heldBack: (features: [[Float]], labels: [Int]),
    costs: [Double] = costs, seed: UInt64 = 1
  ) throws -> (svm: LinearSVM, scores: [CostScore]) {
    guard !heldBack.labels.isEmpty, !costs.isEmpty else {
      throw TrainingError("the SVM's cost is chosen on examples that were held back, found none")
    }
    let machines = try costs.map {
      try LinearSVM(features: features, labels: labels, classCount: classCount, cost: $0, seed: seed)
    }
    let (best, judged) = chosen(
      machines.map { svm in
        let predicted = svm.decisionValues(of: heldBack.features).map(\.indexOfMaximum)
        return CostScore(cost: svm.cost, truth: heldBack.labels, predicted: predicted)
      })
    return (machines[best], judged)
  }

  /// The place of the best score, and all scores with a mark at it.
  private static func chosen(_ scores: [CostScore]) -> (best: Int, scores: [CostScore]) {
    let best = scores.indices.reduce(0) { best, index in
      let (a, b) = (scores[best], scores[index])
      return b.uar > a.uar || (b.uar == a.uar && b.cost < a.cost) ? index : best
    }
    var marked = scores
    marked[best].isChosen = true
    return (best, marked)
  }
}
