import Evaluation
import Foundation

/// Everything about one run, to be shown when it is asked for.
struct RunDetails {
  let run: RunReport
  /// The settings that other runs of the experiment have otherwise.
  let own: [String: String]
  /// A name for files that no other run has.
  let name: String
  /// What is added to captions.
  let ending: String

  init(_ run: RunReport, own: [String: String], name: String, ending: String) {
    (self.run, self.own, self.name, self.ending) = (run, own, name, ending)
  }

  func block(_ figures: ReportFigures) throws -> Document.Block {
    var blocks: [Document.Block] = [.table(facts)]
    let title = run.fullTitle + ending
    let pictures = [
      try figures.curves(run, name: name, title: title, caption: "Curves of \(title)."),
      try run.calibration.map { try figures.reliability($0, name: name, title: title) },
    ].compactMap(\.self)
    if !pictures.isEmpty { blocks.append(.pictures(pictures)) }
    if let result = run.result {
      if result.splits.count > 1 || result.members.count > 1 { blocks.append(.table(parts(result))) }
      blocks.append(.table(confusion(result)))
    }
    let standing =
      (run.result?.figures).map { "WA \(decimals($0.wa)), UAR \(decimals($0.uar))" } ?? run.state.text
    return .details("\(title): \(standing)", blocks)
  }

  /// The facts in the order of interest, then the settings of its own.
  private var facts: Document.Table {
    var facts: [(String, String)] = [("state", run.state.text + (run.explanation.map { ": \($0)" } ?? ""))]
    for problem in run.problems { facts.append(("problem", problem)) }
    if let result = run.result {
      facts.append(("protocol", result.protocolName))
      for note in result.notes + result.splitNotes { facts.append(("note", note)) }
    }
    if let calibration = run.calibration { facts.append(("calibration", calibration.text)) }
    if let origin = run.origin {
      let seeds = (0..<UInt64(max(origin.settings.members, 1))).map { "\(origin.settings.training.seed &+ $0)" }
      let machine = origin.machine
      if let sameAs = origin.sameAs { facts.append(("same as", "\(sameAs), which has equal settings and recordings")) }
      facts += [
        ("networks", origin.settings.networks.map(\.title).joined(separator: ", ")),
        (
          "weights",
          origin.starts.flatMap { starts in
            starts.isEmpty ? nil : starts.map { "\($0.file) (SHA-256 \($0.sha256.prefix(12)))" }.joined(separator: ", ")
          } ?? origin.settings.weights
        ),
        ("seeds", seeds.joined(separator: ", ")),
        (
          "recordings",
          origin.corpora.map { "\($0.source): \($0.recordings)" + ($0.skipped > 0 ? ", \($0.skipped) left out" : "") }
            .joined(separator: "; ")
        ),
        ("command", origin.command), ("commit", origin.commit ?? "unknown"), ("started", origin.started),
        (
          "machine",
          (machine.accelerator.map { "\($0), " } ?? "")
            + "\(machine.processor), \(machine.cores) cores, \(machine.threads) threads, \(decimals(machine.memory, 1)) GiB, "
            + "\(machine.system), libtorch \(machine.libtorch)"
        ),
      ]
    }
    if let rate = run.imagesPerSecond {
      facts.append(("training time", "\(duration(run.seconds)) for \(run.trainings.count) training(s)"))
      facts.append(("images per second", decimals(rate, 1)))
    }
    facts += own.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    var table = Document.Table(caption: run.fullTitle + ending, header: ["what", "value"], leading: 2)
    table.rows = facts.map { [Document.Cell($0.0), Document.Cell($0.1)] }
    return table
  }

  /// The figures of each split and of each member alone.
  private func parts(_ result: EvaluationResult) -> Document.Table {
    var table = Document.Table(
      caption: "Splits and members of \(run.fullTitle)\(ending)",
      header: ["part", "recordings", "chance", "WA", "UAR", "macro-F1"])
    let splits = result.splits.count > 1 ? result.splits + [result.meanOverSplits] : []
    for part in splits + (result.members.count > 1 ? result.members : []) {
      table.rows.append([
        Document.Cell(part.name), Document.Cell("\(part.n)"), Document.Cell(part.chance.map { decimals($0) } ?? ""),
        Document.Cell(decimals(part.wa)), Document.Cell(decimals(part.uar)), Document.Cell(decimals(part.macroF1)),
      ])
    }
    return table
  }

  private func confusion(_ result: EvaluationResult) -> Document.Table {
    var table = Document.Table(
      caption: "Confusion matrix of \(run.fullTitle)\(ending): rows are true, columns predicted",
      header: ["true"] + result.labels)
    table.rows = zip(result.labels, result.confusion).map { label, row in
      let total = Double(max(row.reduce(0, +), 1))
      return [Document.Cell(label)] + row.map { Document.Cell("\($0)", shade: Double($0) / total) }
    }
    return table
  }
}

extension TemperatureScaling {
  fileprivate var text: String {
    let before = "expected calibration error \(decimals(before.ece))"
    guard let after else { return before + "; temperature: \(source)" }
    return before + ", \(decimals(after.ece)) at \(temperaturesText), \(source)"
  }
}
