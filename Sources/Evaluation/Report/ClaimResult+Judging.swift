import Training

extension ClaimResult {
  /// The paper's claims about an experiment, one for each protocol that its runs were made under.
  ///
  /// - throws: `EncodingError`, where settings hold a number that is not finite.
  static func judged(_ experiment: ExperimentRecord, _ runs: [CollectedRun]) throws -> [ClaimResult] {
    try (Experiment.Name(rawValue: experiment.name).flatMap { PaperClaim.all[$0] } ?? []).flatMap { claim in
      // `emotive experiment` makes each run under two protocols.
      try ["", "-random", "-disjoint"].compactMap { ending -> ClaimResult? in
        func find(_ names: [String]) -> CollectedRun? {
          names.lazy.compactMap { name in runs.first { $0.report.declared.name == name + ending } }.first
        }
        guard let run = find(claim.run) else { return nil }
        let other = find(claim.other)
        guard claim.other.isEmpty || other != nil else { return nil }
        return try ClaimResult(claim, experiment, run, other)
      }
    }
  }

  private init(_ claim: PaperClaim, _ record: ExperimentRecord, _ run: CollectedRun, _ other: CollectedRun?) throws {
    let compared = [run] + (other.map { [$0] } ?? [])
    experiment = record.name
    self.claim = claim.text
    paperSection = record.paperSection
    measure = claim.measure
    runs = compared.map(\.report.declared.name)
    let lengths = compared.map { $0.report.origin?.settings.training.epochs }
    epochs = Set(lengths).count == 1 ? lengths[0] : nil
    let sharing = compared.map(\.report.sharesSpeakers)
    sharesSpeakers = sharing.contains(true) ? true : sharing.contains(nil) ? nil : false
    isQuick = record.quick ?? false
    paper = claim.paper
    verdict = .open
    let waiting = compared.filter { $0.report.state != .finished }
    guard waiting.isEmpty else {
      missing = waiting.map { "\($0.report.declared.name): \($0.report.state.text)" }.joined(separator: ", ")
      return
    }
    // What a run is the same as; for one that was trained itself, its own name.
    let origins = compared.map { $0.report.origin?.sameAs ?? "\(record.name)/\($0.report.declared.name)" }
    guard Set(origins).count == compared.count else {
      missing = "the two runs are one and the same: the same settings and recordings"
      return
    }
    let starts = compared.compactMap { $0.report.origin?.settings.weights }
    guard Set(starts.map { $0 == "none" }).count < 2 else {
      missing = "one network started from pretrained weights, the other did not: \(starts.joined(separator: ", "))"
      return
    }
    missing = try other.flatMap { try run.report.otherDifferences(from: $0.report, than: claim) }
    guard missing == nil else { return }
    let tested = (run.report.result?.classes ?? []).filter { $0.support > 0 }.map(\.label)
    let unknown = claim.measure == .calmForNeutral ? ["calm", "neutral"].filter { !tested.contains($0) } : []
    guard unknown.isEmpty else {
      missing = "no recording that was tested is \(unknown.joined(separator: " or "))"
      return
    }
    guard let found = claim.measure.difference(run, other) else {
      missing =
        "there are too few predictions and epochs: an interval needs at least 4 speakers, or epochs for steadiness"
      return
    }
    difference = found.value
    interval = found.interval
    guard !isQuick else {
      missing = "quick: a look in minutes supports nothing"
      return
    }
    if let wanted = claim.members, let members = run.report.result?.members.count, members != wanted {
      missing = "\(run.report.declared.name) has \(members) network\(members == 1 ? "" : "s") and not \(wanted)"
      return
    }
    // Which classes are taken for which can be said of a network at chance, too.
    let guessing = claim.measure == .calmForNeutral ? [] : compared.compactMap(\.report.guessing)
    guard guessing.isEmpty else {
      missing = guessing.joined(separator: "; ")
      return
    }
    verdict = Verdict(found.interval, same: claim.measure == .sameAccuracy)
  }
}

extension RunReport {
  /// What two runs differ in besides what a claim is about, in words; nil where there is nothing.
  ///
  /// - throws: `EncodingError`, where settings hold a number that is not finite.
  fileprivate func otherDifferences(from other: RunReport, than claim: PaperClaim) throws -> String? {
    guard let origin, let others = other.origin else {
      return "a run has no run.json, so it is not known what else the two differ in"
    }
    var keys = try origin.settings.differences(from: others.settings)
    if !RunRecord.haveSameRecordings(origin.corpora, others.corpora) { keys.append("corpora") }
    let names = keys.filter { !claim.allows($0) }.map { String($0.split(separator: ".").last ?? "") }
    return names.isEmpty ? nil : "the runs differ in \(listed(names)) besides"
  }

  /// That its UAR is no better than chance, in words; nil where its whole interval lies above.
  fileprivate var guessing: String? {
    guard let result, (intervals ?? result.intervals).uar.low <= result.chance else { return nil }
    let (uar, chance) = (decimals(result.uar), decimals(result.chance))
    return "\(declared.name) does no better than chance (UAR \(uar), chance \(chance))"
  }
}

extension RunReport.State {
  /// The state in words.
  public var text: String { rawValue.split(separator: "-").joined(separator: " ") }
}

extension ClaimResult.Measure {
  typealias Difference = (value: Double, interval: BootstrapInterval)

  /// The difference with its interval; nil where the runs do not hold what it is made of.
  func difference(_ run: CollectedRun, _ other: CollectedRun?) -> Difference? {
    switch self {
    case .accuracy, .sameAccuracy:
      guard let other else { return nil }
      let (first, second) = Self.shared(run.judgements, other.judgements)
      return Self.overSpeakers(
        first.map { ($0, $0.isRight ? 1.0 : 0, 0) } + second.map { ($0, $0.isRight ? 1.0 : 0, 1) })
    case .ensembleGain:
      let judgements = run.judgements
      return Self.overSpeakers(
        judgements.map { ($0, $0.isRight ? 1.0 : 0, 0) } + judgements.map { ($0, $0.rightMembers, 1) })
    case .calmForNeutral:
      return Self.overSpeakers(
        run.judgements.compactMap { judgement in
          switch judgement.label {
          case "calm": (judgement, judgement.predicted == "neutral" ? 1 : 0, 0)
          case "neutral": (judgement, judgement.predicted == "calm" ? 1 : 0, 1)
          default: nil
          }
        })
    case .steadiness:
      guard let other else { return nil }
      let items = Self.changes(other).map { ($0, 0) } + Self.changes(run).map { ($0, 1) }
      return Self.difference(items.map { ($0.0.change, $0.1) }, clusters: items.map(\.0.name), .epoch)
    }
  }

  /// The judgements of the recordings that both runs tested; all of both where they tested none in common.
  private static func shared(_ first: [Judgement], _ second: [Judgement]) -> ([Judgement], [Judgement]) {
    let files = Set(first.map(\.file)).intersection(second.map(\.file))
    guard !files.isEmpty else { return (first, second) }
    return (first.filter { files.contains($0.file) }, second.filter { files.contains($0.file) })
  }

  private static func overSpeakers(_ items: [(judgement: Judgement, value: Double, side: Int)]) -> Difference? {
    let (names, unit) = ClusterBootstrap.names(
      speakers: items.map(\.judgement.speaker), files: items.map(\.judgement.file))
    return difference(items.map { ($0.value, $0.side) }, clusters: names, unit)
  }

  /// The mean of the values on side 0, less that on side 1.
  private static func difference(
    _ items: [(value: Double, side: Int)], clusters: [String], _ unit: BootstrapInterval.Unit
  ) -> Difference? {
    func difference(_ indices: [Int]) -> Double? {
      var sums = (0.0, 0.0)
      var counts = (0.0, 0.0)
      for index in indices {
        if items[index].side == 0 {
          sums.0 += items[index].value
          counts.0 += 1
        } else {
          sums.1 += items[index].value
          counts.1 += 1
        }
      }
      return counts.0 > 0 && counts.1 > 0 ? sums.0 / counts.0 - sums.1 / counts.1 : nil
    }
    guard let value = difference(Array(items.indices)),
      let interval = ClusterBootstrap(names: clusters).interval(unit, of: difference), interval.isUsable
    else { return nil }
    return (value, interval)
  }

  /// How much the validation accuracy changes with each epoch of the second half of each training.
  private static func changes(_ run: CollectedRun) -> [(name: String, change: Double)] {
    run.report.trainings.flatMap { training in
      let accuracies = training.epochs.compactMap(\.validationAccuracy)
      return accuracies.indices.dropFirst(max(1, accuracies.count / 2)).map { epoch in
        ("\(training.split) \(training.member) \(epoch)", abs(accuracies[epoch] - accuracies[epoch - 1]))
      }
    }
  }
}
