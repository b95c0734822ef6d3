import Storage

/// What is wrong with the labels or probabilities that a metric was asked for.
public enum MetricsError: DescribedError, Equatable {
  /// There is nothing to judge.
  case empty
  /// Two lists that belong together have different lengths.
  case lengths(String, Int, String, Int)
  /// A class index lies outside the list of labels.
  case classIndex(Int, classCount: Int, position: Int)
  /// Two lists that are compared recording by recording are not of the same ones.
  case recordings(String, String)
  /// A stored confusion matrix has not a row and a column for each class, or holds a negative number.
  case confusion(classCount: Int)
  /// A row of logits or probabilities has another number of classes than the first, or holds NaN or infinity.
  case row(Int, String)

  /// The message for the person at the terminal.
  public var description: String {
    switch self {
    case .empty:
      "there are no recordings to evaluate: check that the corpus and the split leave some for testing"
    case .lengths(let first, let firstCount, let second, let secondCount):
      "\(first) and \(second) must have the same length, but there are \(firstCount) and \(secondCount)"
    case .classIndex(let index, let classCount, let position):
      "class \(index) of recording \(position) is outside 0..<\(classCount): the labels do not fit the predictions"
    case .recordings(let first, let second):
      "the \(first) and the \(second) predictions are not of the same recordings: evaluate both on the same ones, in one order"
    case .confusion(let classCount):
      "the confusion matrix must have a row of \(classCount) counts, none negative, for each of the \(classCount) labels: "
        + "the result was altered; make it again"
    case .row(let position, let problem):
      "the class scores of row \(position) cannot be used: \(problem)"
    }
  }
}
