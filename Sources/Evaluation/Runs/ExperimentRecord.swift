import Foundation

/// What an experiment was to be, as `experiment.json` holds it: its declared runs, finished or not.
public struct ExperimentRecord: Codable, Sendable, Hashable {
  /// The name of the file that holds it, in the experiment's folder.
  public static let fileName = "experiment.json"

  /// One declared run; its folder beside `experiment.json` has its name.
  public struct Run: Codable, Sendable, Hashable {
    /// The name of its folder.
    public var name: String
    /// What it varies, for tables and legends; the name where it says enough.
    public var title: String?
    /// The accuracy that the paper prints for it, from 0 to 1; nil where it prints none.
    public var paperWA: Double?
    /// Whether it is judged under the paper's random split, which shares speakers and sentences between its sides.
    public var random: Bool?

    /// A declared run.
    public init(name: String, title: String? = nil, paperWA: Double? = nil, random: Bool? = nil) {
      self.name = name
      self.title = title
      self.paperWA = paperWA
      self.random = random
    }
  }

  /// The experiment's name, such as `whitening`.
  public var name: String
  /// Its name for people; the name where it says enough.
  public var title: String?
  /// Where the paper has it, such as "III" or "Table I".
  public var paperSection: String?
  /// The question it answers.
  public var question: String?
  /// What the paper says about it.
  public var claim: String?
  /// Whether epochs and data were cut for a quick look, which every figure then says.
  public var quick: Bool?
  /// Every declared run in order, finished or not.
  public var runs: [Run]

  /// A declared experiment.
  public init(
    name: String, title: String? = nil, paperSection: String? = nil, question: String? = nil, claim: String? = nil,
    quick: Bool? = nil, runs: [Run]
  ) {
    self.name = name
    self.title = title
    self.paperSection = paperSection
    self.question = question
    self.claim = claim
    self.quick = quick
    self.runs = runs
  }
}

/// Why a run could not be finished, as its `failed.json` holds it.
public struct RunFailure: Codable, Sendable, Hashable {
  /// The name of the file that holds it, in the run's folder.
  public static let fileName = "failed.json"

  /// What went wrong.
  public var reason: String
  /// When, ISO 8601.
  public var failed: String?

  /// A run that fails now.
  public init(reason: String, failed: String? = Date.now.formatted(.iso8601)) {
    self.reason = reason
    self.failed = failed
  }
}
