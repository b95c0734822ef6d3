import Evaluation
import Reporting

/// A result as text for people; it always says its protocol.
struct ResultText: CustomStringConvertible {
  let result: EvaluationResult
  let title: String

  init(_ result: EvaluationResult, title: String) {
    self.result = result
    self.title = title
  }

  var description: String {
    var sections = ["\(title)\nProtocol: \(result.protocolName)"]
    if !result.speakerDisjoint {
      // Where some speakers are unknown and nothing known is shared, nobody can tell.
      let isUnknown =
        result.leakage.map {
          $0.unknownSpeakers > 0 && $0.sharedSpeakers == 0 && ($0.sharedRecordings ?? 0) == 0
        } ?? false
      sections[0] +=
        (isUnknown ? "\nPerhaps not speaker-disjoint, as not all speakers are known" : "\nNot speaker-disjoint")
        + ": figures for speakers that the model has not heard are lower."
    }
    for note in result.notes + result.splitNotes { sections[0] += "\nNote: \(note)." }
    sections.append(figures.description)
    if result.splits.count > 1 || result.members.count > 1 { sections.append(parts.description) }
    if let gain = result.ensembleGain { sections.append(text(gain)) }
    if let unadapted = result.unadapted { sections.append(text(unadapted)) }
    sections.append(classes.description)
    if let confusion = try? result.confusionMatrix() {
      sections.append("Confusion matrix: rows are true, columns predicted.\n\(confusion.table)")
    }
    return sections.joined(separator: "\n\n")
  }

  private var figures: TextTable {
    if result.isCrossCorpus {
      var table = TextTable(["figure", result.meanOverSplits.name])
      table.add(["WA (accuracy)", decimals(result.meanOverSplits.wa)])
      table.add(["UAR (mean recall)", decimals(result.meanOverSplits.uar)])
      table.add(["macro-F1", decimals(result.meanOverSplits.macroF1)])
      table.add(["recordings", "\(result.n)"])
      return table
    }
    let intervals = result.intervals
    var table = TextTable(["figure", "value", "95% interval (\(intervals.wa.drawn))"])
    func interval(_ interval: BootstrapInterval?) -> String {
      interval.map { $0.isUsable ? "\(decimals($0.low)) - \(decimals($0.high))" : "none" } ?? ""
    }
    table.add(["WA (accuracy)", decimals(result.wa), interval(intervals.wa)])
    table.add(["UAR (mean recall)", decimals(result.uar), interval(intervals.uar)])
    table.add(["macro-F1", decimals(result.macroF1), interval(intervals.macroF1)])
    table.add(["calibration error (ECE)", decimals(result.calibration?.before.ece ?? result.ece)])
    if let after = result.calibration?.after { table.add(["ECE after temperature", decimals(after.ece)]) }
    table.add(["recordings", "\(result.n)"])
    return table
  }

  private var parts: TextTable {
    let isShared = result.splits.count > 1 && result.leakage != nil
    let isCross = result.isCrossCorpus
    var table = TextTable(
      ["part", "n"] + (isCross ? ["chance"] : []) + ["WA", "UAR", "macro-F1"] + (isShared ? ["on both sides"] : []))
    func add(_ part: EvaluationResult.Part) {
      let chance = part.chance.map { decimals($0) } ?? ""
      table.add(
        [part.name, "\(part.n)"] + (isCross ? [chance] : []) + [
          decimals(part.wa), decimals(part.uar), decimals(part.macroF1), part.leakage?.summary ?? "",
        ])
    }
    if result.splits.count > 1 {
      result.splits.forEach(add)
      add(result.meanOverSplits)
    }
    if result.members.count > 1 { result.members.forEach(add) }
    return table
  }

  private func text(_ gain: EnsembleGain) -> String {
    func signed(_ value: Double) -> String { String(format: "%+.3f", value) }
    let mean = "Ensemble against the mean member: WA \(signed(gain.wa)), UAR \(signed(gain.uar))."
    guard let test = gain.againstMedian else { return mean }
    return mean
      + "\nAgainst \(gain.medianMember), the median: \(test.firstOnly) recordings only the ensemble got right, "
      + "\(test.secondOnly) only \(gain.medianMember); McNemar's exact p \(String(format: "%.2g", test.exactP)), "
      + "taking recordings as independent."
  }

  private func text(_ unadapted: AdaptationGain) -> String {
    let (gain, uar) = (unadapted.gain.uar, result.uar - unadapted.uar)
    let interval = "95% interval \(points(gain.low)) to \(points(gain.high)), \(gain.drawn)"
    return "Without adaptation, on the same recordings: WA \(decimals(unadapted.wa)), UAR \(decimals(unadapted.uar)). "
      + "Adaptation makes \(points(uar)) points of UAR (\(gain.shortage ?? interval))."
  }

  private var classes: TextTable {
    var table = TextTable(["class", "precision", "recall", "F1", "recordings"])
    for row in result.classes {
      table.add([row.label, decimals(row.precision), decimals(row.recall), decimals(row.f1), "\(row.support)"])
    }
    return table
  }
}
