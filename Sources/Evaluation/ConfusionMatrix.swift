/// How often each true class was taken for each other one.
public struct ConfusionMatrix: Codable, Sendable, Equatable {
  /// The classes' names, in the order of rows and columns.
  public let labels: [String]
  /// Numbers of recordings: rows are the true classes, columns the predicted ones.
  public let counts: [[Int]]

  /// Counts pairs of true and predicted class indices.
  ///
  /// - Parameters:
  ///   - labels: the classes' names; an index into them is a class.
  ///   - truth: the true class of each recording.
  ///   - predicted: the predicted class of each recording, in the same order.
  /// - throws: `MetricsError` if the lists differ in length or an index is outside `labels`.
  public init(labels: [String], truth: [Int], predicted: [Int]) throws {
    guard truth.count == predicted.count else {
      throw MetricsError.lengths("true labels", truth.count, "predictions", predicted.count)
    }
    var counts = Array(repeating: Array(repeating: 0, count: labels.count), count: labels.count)
    for (position, (row, column)) in zip(truth, predicted).enumerated() {
      guard labels.indices.contains(row), labels.indices.contains(column) else {
        throw MetricsError.classIndex(
          labels.indices.contains(row) ? column : row, classCount: labels.count, position: position)
      }
      counts[row][column] += 1
    }
    self.init(labels: labels, counts: counts)
  }

  /// Counts some of the recordings, any of them several times; all class indices must be inside `labels`.
  init(labels: [String], truth: [Int], predicted: [Int], of indices: [Int]) {
    var counts = Array(repeating: Array(repeating: 0, count: labels.count), count: labels.count)
    for index in indices { counts[truth[index]][predicted[index]] += 1 }
    self.init(labels: labels, counts: counts)
  }

  init(labels: [String], counts: [[Int]]) {
    (self.labels, self.counts) = (labels, counts)
  }

  /// The number of recordings.
  public var total: Int { counts.joined().reduce(0, +) }

  /// Each row divided by its sum, so that the diagonal is the recall; a class that does not occur gives zeros.
  public var rowShares: [[Double]] {
    counts.map { row in
      let support = row.reduce(0, +)
      return row.map { support == 0 ? 0 : Double($0) / Double(support) }
    }
  }
}
