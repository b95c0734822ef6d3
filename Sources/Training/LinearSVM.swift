import CLiblinear
import Foundation

/// A linear support vector machine for several classes, each against the rest, on standardised features: scikit-learn's
/// `StandardScaler` and `LinearSVC` with its defaults (squared hinge, L2, the intercept regularised like a weight), by
/// LIBLINEAR.
///
/// ```swift
/// let svm = try LinearSVM(features: training, labels: labels, classCount: 8, cost: 0.01)
/// let scores = svm.decisionValues(of: test)  // (recording, class), in place of logits
/// ```
public struct LinearSVM: Sendable {
  /// What a wrong side of the margin costs against the weights' norm (scikit-learn's `C`).
  public let cost: Double
  /// (class, feature), of standardised features.
  private let weights: [[Double]]
  private let intercepts: [Double]
  private let scaler: Scaler

  /// Fits scaler and machine.
  ///
  /// A class without examples gets -1 everywhere, which is what an endless number of counterexamples leads to.
  ///
  /// - Parameters:
  ///   - features: (example, feature).
  ///   - labels: the class of each example, from 0.
  ///   - classCount: the number of classes, of which some may have no example.
  ///   - cost: what a wrong side of the margin costs.
  ///   - tolerance: LIBLINEAR's stopping tolerance.
  ///   - seed: of the order in which LIBLINEAR's dual solver looks at the examples; the primal one, which is taken where
  ///     there are at least as many examples as features, draws nothing.
  /// - throws: `TrainingError` for features that do not fit each other, are not finite, or are of one class only.
  public init(
    features: [[Float]], labels: [Int], classCount: Int, cost: Double = 1, tolerance: Double = 1e-4, seed: UInt64 = 1
  ) throws {
    try Self.check(features, labels, classCount)
    self.cost = cost
    scaler = Scaler(features)
    let rows = features.map(scaler.standardized)
    let solution = try Self.solve(rows, labels, cost: cost, tolerance: tolerance, seed: seed)
    weights = (0..<classCount).map { solution[$0]?.weights ?? Array(repeating: 0, count: rows[0].count) }
    intercepts = (0..<classCount).map { solution[$0]?.intercept ?? -1 }
  }

  /// How far each example lies on each class's side of that class's hyperplane, (example, class).
  public func decisionValues(of features: [[Float]]) -> [[Double]] {
    features.map { row in
      let standardized = scaler.standardized(row)
      return zip(weights, intercepts).map { weights, intercept in
        zip(weights, standardized).reduce(intercept) { $0 + $1.0 * $1.1 }
      }
    }
  }

  private static func check(_ features: [[Float]], _ labels: [Int], _ classCount: Int) throws {
    guard features.count == labels.count, let width = features.first?.count, width > 0 else {
      throw TrainingError(
        "an SVM needs features and a class for each of them, found \(features.count) and \(labels.count)")
    }
    for (position, row) in features.enumerated() where row.count != width || !row.allSatisfy(\.isFinite) {
      throw TrainingError("the SVM's example \(position) has NaN or infinity in it, or not \(width) features")
    }
    guard labels.allSatisfy((0..<classCount).contains), Set(labels).count > 1 else {
      throw TrainingError("an SVM needs examples of at least 2 of its \(classCount) classes")
    }
  }
}

// MARK: - LIBLINEAR

extension LinearSVM {
  /// LIBLINEAR's random state and its place to print are the whole process's.
  private static let lock = NSLock()

  /// The hyperplane of each class that occurs.
  private static func solve(
    _ rows: [[Double]], _ labels: [Int], cost: Double, tolerance: Double, seed: UInt64
  ) throws -> [Int: (weights: [Double], intercept: Double)] {
    let width = rows[0].count
    // Each row is a list of (index from 1, value); a feature that is always 1 stands for the intercept, -1 ends the row.
    var nodes: [feature_node] = []
    nodes.reserveCapacity(rows.count * (width + 2))
    for row in rows {
      for (index, value) in row.enumerated() { nodes.append(feature_node(index: Int32(index + 1), value: value)) }
      nodes.append(feature_node(index: Int32(width + 1), value: 1))
      nodes.append(feature_node(index: -1, value: 0))
    }
    var targets = labels.map(Double.init)
    return try nodes.withUnsafeMutableBufferPointer { nodes in
      try targets.withUnsafeMutableBufferPointer { targets in
        var starts = rows.indices.map { row in nodes.baseAddress.map { $0 + row * (width + 2) } }
        return try starts.withUnsafeMutableBufferPointer { starts in
          var problem = problem(
            l: Int32(rows.count), n: Int32(width + 1), y: targets.baseAddress, x: starts.baseAddress, bias: 1)
          var parameter = parameter()
          // scikit-learn's `dual="auto"`.
          parameter.solver_type = Int32(rows.count < width ? L2R_L2LOSS_SVC_DUAL : L2R_L2LOSS_SVC)
          parameter.eps = tolerance
          parameter.C = cost
          parameter.p = 0.1
          if let message = check_parameter(&problem, &parameter) {
            throw TrainingError("LIBLINEAR refuses the SVM's settings: \(String(cString: message)) (cost \(cost))")
          }
          return try lock.withLock {
            cl_prepare(UInt32(truncatingIfNeeded: seed))
            var model = CLiblinear.train(&problem, &parameter)
            defer { free_and_destroy_model(&model) }
            guard let model else { throw TrainingError("LIBLINEAR gave no model") }
            let classes = (0..<model.pointee.nr_class).map { index in
              let weights = (1...Int32(width)).map { get_decfun_coef(model, $0, index) }
              return (Int(model.pointee.label[Int(index)]), (weights, get_decfun_bias(model, index)))
            }
            return Dictionary(uniqueKeysWithValues: classes)
          }
        }
      }
    }
  }
}

/// Each feature less its mean, divided by its standard deviation over n (scikit-learn's `StandardScaler`).
private struct Scaler: Sendable {
  let means: [Double]
  let deviations: [Double]

  init(_ rows: [[Float]]) {
    let count = Double(rows.count)
    let columns = rows[0].indices
    let means = columns.map { column in rows.reduce(0) { $0 + Double($1[column]) } / count }
    self.means = means
    deviations = columns.map { column in
      let variance =
        rows.reduce(0) { $0 + (Double($1[column]) - means[column]) * (Double($1[column]) - means[column]) } / count
      // A feature that never changes, but for rounding, is not divided: scikit-learn's rule.
      let rounding = count * .ulpOfOne
      let isConstant = variance <= rounding * variance + (rounding * means[column]) * (rounding * means[column])
      return isConstant ? 1 : variance.squareRoot()
    }
  }

  func standardized(_ row: [Float]) -> [Double] {
    row.indices.map { (Double(row[$0]) - means[$0]) / deviations[$0] }
  }
}
