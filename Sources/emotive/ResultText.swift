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
      sections[0] += "\nNot speaker-disjoint: figures for speakers that the model has not heard are lower."
    }
    for note in result.notes + splitNotes { sections[0] += "\nNote: \(note)." }
    sections.append(figures.description)
    if result.splits.count > 1 || result.members.count > 1 { sections.append(parts.description) }
    if let gain = result.ensembleGain { sections.append(text(gain)) }
    sections.append(classes.description)
    if let confusion = try? result.confusionMatrix() {
      sections.append("Confusion matrix: rows are true, columns predicted.\n\(confusion.table)")
    }
    return sections.joined(separator: "\n\n")
  }

  /// What holds for all splits, once, and what holds for some, with their names.
  private var splitNotes: [String] {
    var splits: [(note: String, names: [String])] = []
    for split in result.splits {
      for note in split.notes {
        if let index = splits.firstIndex(where: { $0.note == note }) {
          splits[index].names.append(split.name)
        } else {
          splits.append((note, [split.name]))
        }
      }
    }
    return splits.map { split in
      split.names.count == result.splits.count ? split.note : "\(split.names.joined(separator: ", ")): \(split.note)"
    }
  }

  private var figures: TextTable {
    var table = TextTable(["figure", "value", "95% interval"])
    func interval(_ interval: BootstrapInterval) -> String { "\(decimals(interval.low)) - \(decimals(interval.high))" }
    table.add(["WA (accuracy)", decimals(result.wa), interval(result.intervals.wa)])
    table.add(["UAR (mean recall)", decimals(result.uar), interval(result.intervals.uar)])
    table.add(["macro-F1", decimals(result.macroF1)])
    table.add(["calibration error (ECE)", decimals(result.calibration?.before.ece ?? result.ece)])
    if let after = result.calibration?.after { table.add(["ECE after temperature", decimals(after.ece)]) }
    table.add(["recordings", "\(result.n)"])
    return table
  }

  private var parts: TextTable {
    let isShared = result.splits.count > 1 && result.leakage != nil
    var table = TextTable(["part", "n", "WA", "UAR", "macro-F1"] + (isShared ? ["on both sides"] : []))
    func add(_ part: EvaluationResult.Part) {
      table.add([
        part.name, "\(part.n)", decimals(part.wa), decimals(part.uar), decimals(part.macroF1),
        part.leakage?.summary ?? "",
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
      + "\(test.secondOnly) only \(gain.medianMember); McNemar's exact p \(String(format: "%.2g", test.exactP))."
  }

  private var classes: TextTable {
    var table = TextTable(["class", "precision", "recall", "F1", "recordings"])
    for row in result.classes {
      table.add([row.label, decimals(row.precision), decimals(row.recall), decimals(row.f1), "\(row.support)"])
    }
    return table
  }
}
