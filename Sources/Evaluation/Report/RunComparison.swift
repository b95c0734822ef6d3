/// A run beside another, both judged on the recordings that both tested.
public struct RunComparison: Codable, Sendable {
  /// The names of the run and of the one that it is compared with.
  public let runs: [String]
  /// The number of recordings.
  public let n: Int
  /// The run's weighted accuracy less the other's.
  public let wa: Double
  /// The run's unweighted average recall less the other's.
  public let uar: Double
  /// 95% bootstrap intervals of the differences, over the same samples of speakers.
  public let intervals: EvaluationResult.Intervals
  /// McNemar's test; the run is the first classifier.
  public let mcnemar: McNemar

  /// Each finished run beside the first one whose split treats speakers alike: other differences would be the protocol's.
  static func all(_ runs: [CollectedRun]) -> [RunComparison] {
    [true, false].flatMap { sharesSpeakers -> [RunComparison] in
      let alike = runs.filter { $0.report.result != nil && $0.report.sharesSpeakers == sharesSpeakers }
      return alike.dropFirst().compactMap { RunComparison($0, alike[0]) }
    }
  }

  /// Nil where the runs tested no recording in common, label one in two ways, or test one several times.
  init?(_ run: CollectedRun, _ other: CollectedRun) {
    let others = Dictionary(other.judgements.map { ($0.file, $0) }) { first, _ in first }
    guard others.count == other.judgements.count, Set(run.judgements.map(\.file)).count == run.judgements.count
    else { return nil }
    let pairs = run.judgements.compactMap { judgement in others[judgement.file].map { (own: judgement, other: $0) } }
    guard pairs.allSatisfy({ $0.own.label == $0.other.label }) else { return nil }
    let labels = Set(pairs.flatMap { [$0.own.label, $0.own.predicted, $0.other.predicted] }).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    let truth = pairs.compactMap { numbers[$0.own.label] }
    let first = pairs.compactMap { numbers[$0.own.predicted] }
    let second = pairs.compactMap { numbers[$0.other.predicted] }
    func metrics(_ predicted: [Int], _ indices: [Int]) -> Metrics? {
      try? Metrics(ConfusionMatrix(labels: labels, truth: truth, predicted: predicted, of: indices))
    }
    func differences(_ indices: [Int]) -> [Double]? {
      guard let own = metrics(first, indices), let other = metrics(second, indices) else { return nil }
      return [own.wa - other.wa, own.uar - other.uar, own.macroF1 - other.macroF1]
    }
    let (names, unit) = ClusterBootstrap.names(
      speakers: pairs.map(\.own.speaker), files: pairs.map(\.own.file))
    guard let whole = differences(Array(pairs.indices)),
      let found = ClusterBootstrap(names: names).intervals(unit, of: differences),
      let test = try? McNemar(truth: truth, first: first, second: second)
    else { return nil }
    runs = [run.report.declared.name, other.report.declared.name]
    n = pairs.count
    (wa, uar) = (whole[0], whole[1])
    intervals = EvaluationResult.Intervals(wa: found[0], uar: found[1], macroF1: found[2])
    mcnemar = test
  }
}

/// Runs that differ in nothing but their seed: how their figures scatter.
public struct SeedScatter: Codable, Sendable {
  /// The mean of a figure and its standard deviation (n - 1) over the runs.
  public struct Figure: Codable, Sendable {
    /// The mean.
    public let mean: Double
    /// The standard deviation of single runs, not of the mean.
    public let deviation: Double

    init(_ values: [Double]) {
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      deviation = (squares / Double(max(values.count - 1, 1))).squareRoot()
    }
  }

  /// The runs' names.
  public let runs: [String]
  /// Their seeds, in the same order.
  public let seeds: [UInt64]
  /// Weighted accuracy.
  public let wa: Figure
  /// Unweighted average recall.
  public let uar: Figure

  /// The scatter of each group of at least two finished runs.
  static func all(_ runs: [RunReport]) throws -> [SeedScatter] {
    var groups: [[RunReport]] = []
    for run in runs where run.result != nil {
      let place = try groups.firstIndex { try $0.allSatisfy { try run.differsOnlyInSeed(from: $0) } }
      if let place { groups[place].append(run) } else { groups.append([run]) }
    }
    return groups.filter { $0.count > 1 }.map(SeedScatter.init)
  }

  private init(_ group: [RunReport]) {
    runs = group.map(\.declared.name)
    seeds = group.compactMap { $0.origin?.settings.training.seed }
    let figures = group.compactMap { $0.result?.figures }
    (wa, uar) = (Figure(figures.map(\.wa)), Figure(figures.map(\.uar)))
  }
}

extension RunReport {
  /// Whether two runs have the same settings, recordings and start, and no member's seed in common.
  fileprivate func differsOnlyInSeed(from other: RunReport) throws -> Bool {
    guard let origin, let others = other.origin else { return false }
    let seeds = [origin.settings.training.seed, others.settings.training.seed].sorted()
    return try origin.settings.differences(from: others.settings) == ["training.seed"]
      && seeds[1] - seeds[0] >= UInt64(origin.settings.members)
      && RunRecord.haveSameRecordings(origin.corpora, others.corpora) && origin.starts == others.starts
  }
}
