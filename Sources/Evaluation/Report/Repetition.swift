/// Runs that differ in nothing but their seed, taken together.
public struct Repetition: Codable, Sendable {
  /// A figure over the runs.
  public struct Spread: Codable, Sendable, Equatable {
    /// The mean.
    public let mean: Double
    /// The sample standard deviation, with one degree of freedom less than there are runs.
    public let deviation: Double

    init(_ values: [Double]) {
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
  }

  /// The runs' names, by their seeds.
  public let runs: [String]
  /// Their seeds, ascending.
  public let seeds: [UInt64]
  /// Whether each seed has divided the recordings otherwise, as `random` and `kfold` do.
  public let drawsSplit: Bool
  /// Weighted accuracy.
  public let wa: Spread
  /// Unweighted average recall.
  public let uar: Spread
  /// Macro-averaged F1.
  public let macroF1: Spread

  /// The repetitions among runs, in the order of their first ones.
  ///
  /// Ensembles of neighbouring seeds share networks; of those, only every so many are taken.
  static func among(_ runs: [RunReport]) -> [Repetition] {
    var groups: [[RunReport]] = []
    for run in runs where run.result != nil && run.origin != nil {
      if let index = groups.firstIndex(where: { $0[0].repeats(run) }) {
        groups[index].append(run)
      } else {
        groups.append([run])
      }
    }
    return groups.compactMap { group in
      var taken: [(run: RunReport, seed: UInt64)] = []
      for run in group.sorted(by: { $0.seed < $1.seed }) {
        let members = UInt64(run.origin?.settings.members ?? 1)
        if taken.last.map({ run.seed - $0.seed >= members }) ?? true { taken.append((run, run.seed)) }
      }
      return taken.count > 1 ? Repetition(taken.map(\.run)) : nil
    }
  }

  private init(_ runs: [RunReport]) {
    self.runs = runs.map(\.title)
    seeds = runs.map(\.seed)
    let split = runs[0].origin?.settings.split ?? ""
    drawsSplit = split.hasPrefix("random") || split.hasPrefix("kfold")
    let results = runs.compactMap(\.result)
    wa = Spread(results.map { $0.isCrossCorpus ? $0.meanOverSplits.wa : $0.wa })
    uar = Spread(results.map { $0.isCrossCorpus ? $0.meanOverSplits.uar : $0.uar })
    macroF1 = Spread(results.map { $0.isCrossCorpus ? $0.meanOverSplits.macroF1 : $0.macroF1 })
  }
}

extension RunReport {
  fileprivate var seed: UInt64 { origin?.settings.training.seed ?? 0 }

  /// Whether another run has the same settings but for the seed, the same start and the same recordings.
  fileprivate func repeats(_ other: RunReport) -> Bool {
    guard let origin, let others = other.origin else { return false }
    var settings = others.settings
    settings.training.seed = origin.settings.training.seed
    return settings == origin.settings && origin.starts == others.starts
      && RunRecord.haveSameRecordings(origin.corpora, others.corpora)
  }
}
