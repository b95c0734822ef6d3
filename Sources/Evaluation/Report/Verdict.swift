/// What runs say about a claim.
public enum Verdict: String, Codable, Sendable {
  /// The runs say that the claim is true.
  case supported
  /// The runs say that it is not.
  case notSupported = "not-supported"
  /// The interval is too wide to say either.
  case undecided
  /// The runs are not there yet, or cannot say either.
  case open

  /// The smallest difference that counts, one point: the smallest that the paper reports.
  public static let margin = 0.01

  /// The rule, for people.
  public static let rule = """
    The difference is taken over the same recordings where both runs tested them, with a 95% interval from 2,000 \
    bootstrap samples of whole speakers (recordings where speakers are unknown, epochs for steadiness), whose percentiles \
    are expanded as Student's t asks for that many of them: of four speakers, to the smallest and the largest value, which \
    still misses the truth in one case of eight. A claim that something is better is supported where the whole \
    interval lies above 0, not supported where it lies wholly below +1 point, which is the smallest difference that \
    the paper reports, and undecided otherwise. A claim that nothing changes is supported where the whole interval \
    lies within 1 point of 0, not supported where it lies elsewhere and does not contain 0, and undecided otherwise. \
    A claim stays open where its runs differ in more than it is about, split and number format aside, and where one of \
    them does no better than chance, the interval of its UAR not lying above. \
    The interval is about other speakers like these, not about other seeds.
    """

  /// The verdict by the interval of a difference.
  ///
  /// - Parameter same: whether the claim is that there is no difference, instead of a positive one.
  init(_ interval: BootstrapInterval, same: Bool) {
    let (low, high, margin) = (interval.low, interval.high, Self.margin)
    if same {
      self = low >= -margin && high <= margin ? .supported : low > 0 || high < 0 ? .notSupported : .undecided
    } else {
      self = low > 0 ? .supported : high < margin ? .notSupported : .undecided
    }
  }
}

/// A claim of the paper beside what our runs say about it.
public struct ClaimResult: Codable, Sendable {
  /// What is measured; a positive difference speaks for the claim.
  public enum Measure: String, Codable, Sendable {
    /// The accuracy (WA) of the run, less that of the other.
    case accuracy
    /// The same, where the claim is that there is no difference.
    case sameAccuracy = "same-accuracy"
    /// The accuracy of the ensemble, less the mean accuracy of its members.
    case ensembleGain = "ensemble-gain"
    /// The mean change of the validation accuracy from epoch to epoch of the other run, less that of the run, over the
    /// second half of the epochs.
    case steadiness
    /// The share of calm recordings taken for neutral, less the share of neutral ones taken for calm.
    case calmForNeutral = "calm-for-neutral"
  }

  /// The experiment's name.
  public var experiment: String
  /// What the paper says.
  public var claim: String
  /// Where it says so.
  public var paperSection: String?
  /// What is measured.
  public var measure: Measure
  /// The run, and the one that it is compared with.
  public var runs: [String]
  /// The epochs that the runs were trained for; nil where they differ, or nothing says so.
  public var epochs: Int?
  /// Whether the runs' splits share speakers between their sides; nil where nothing says so.
  public var sharesSpeakers: Bool?
  /// Whether the runs were cut for a quick look.
  public var isQuick: Bool
  /// The difference that the paper prints, as a share.
  public var paper: Double?
  /// Our difference, as a share.
  public var difference: Double?
  /// Its 95% interval.
  public var interval: BootstrapInterval?
  /// The verdict by the rule.
  public var verdict: Verdict
  /// What is missing or in the way, where the verdict is open.
  public var missing: String?

  enum CodingKeys: String, CodingKey {
    case experiment, claim, measure, runs, epochs, paper, paperSection, sharesSpeakers, difference, interval, verdict
    case missing
    case isQuick = "quick"
  }
}
