import Storage

/// A download that failed: from where, why, and what to do by hand.
public struct DownloadError: DescribedError {
  /// The address, or the file or folder, that the problem is with.
  public let place: String
  /// What went wrong.
  public let problem: String
  /// What the reader of the message can do.
  public let advice: String

  /// An error at an address, a file or a folder.
  public init(_ place: String, _ problem: String, advice: String) {
    self.place = place
    self.problem = problem
    self.advice = advice
  }

  /// One sentence with the place and the problem, one with the advice.
  public var description: String { "\(place): \(problem). \(advice)." }
}
