import Storage

/// A weight file that cannot be read or written: which file, what is wrong with it, and what to do.
public struct WeightFileError: DescribedError, Equatable {
  /// The file as the caller named it.
  public let path: String
  /// What was found, and what was expected.
  public let problem: String
  /// What the reader of the message can do.
  public let advice: String

  /// An error about the file at `path`.
  public init(path: String, problem: String, advice: String) {
    self.path = path
    self.problem = problem
    self.advice = advice
  }

  /// One sentence with the file and the problem, one with the advice.
  public var description: String { "\(path): \(problem). \(advice)." }
}
