import Evaluation
import Foundation

extension Document {
  /// A report for its readers; the pictures are drawn into the folder of `figures`.
  init(_ report: Report, figures: ReportFigures) throws {
    title = "Report: \(report.title)"
    let runs = report.experiments.flatMap(\.runs)
    let finished = runs.count { $0.state == .finished }
    summary = [
      .paragraph("\(finished) of \(runs.count) run\(runs.count == 1 ? "" : "s") finished. Made \(report.made).")
    ]
    if report.experiments.contains(where: \.isQuick) {
      summary.append(.warning("Quick: epochs and data were cut for a look in minutes. These figures are no results."))
    }
    if runs.contains(where: { $0.sharesSpeakers == true }) {
      summary.append(
        .warning(
          "A random split takes no notice of speakers, as the paper's does not, and puts the same ones on both sides where "
            + "they have more recordings than one: it says how well a model knows these speakers. Figures marked "
            + "\"random split\" are not comparable with speaker-disjoint ones, which say how well it understands a stranger."
        ))
    }
    sections = report.claims.isEmpty ? [] : [Self.claims(report.claims)]
    var names: Set = ["claims"]
    for (index, experiment) in report.experiments.enumerated() {
      let slug = experiment.record.name.slug
      let name = !slug.isEmpty && names.insert(slug).inserted ? slug : "experiment-\(index + 1)-\(slug)"
      sections.append(try ExperimentSection(experiment, name: name, figures: figures).section())
    }
  }

  /// The paper's claims beside ours.
  private static func claims(_ claims: [ClaimResult]) -> Section {
    var table = Table(
      caption: "The paper's claims and what our runs say: differences of accuracy (WA) in points, with 95% intervals",
      header: ["claim", "verdict", "paper", "ours", "95% interval"], leading: 2, stacks: true)
    for claim in claims {
      let label = protocolLabel(sharesSpeakers: claim.sharesSpeakers) + (claim.isQuick ? ", quick: no result" : "")
      table.rows.append([
        Cell(
          claim.claim,
          notes: [
            .init(text: label, tone: claim.sharesSpeakers == true ? .warning : .quiet), .init(text: claim.comparison),
          ]),
        Cell(claim.verdict.text, notes: claim.missing.map { [.init(text: $0)] } ?? [], tone: claim.verdict.tone),
        Cell(claim.paper.map(points) ?? ""), Cell(claim.difference.map(points) ?? ""),
        Cell(claim.interval?.pointsText ?? "", note: claim.interval?.drawn),
      ])
    }
    return Section(
      name: "claims", title: "The paper's claims" + (claims.allSatisfy(\.isQuick) ? ", quick" : ""),
      blocks: [
        .table(table), .paragraph("How verdicts are reached: \(Verdict.rule)"),
        .paragraph(
          "\"Ours\" is the first run's accuracy less the second's; for an ensemble and its mean member, the ensemble's less "
            + "the members' mean; for steadiness, how much less the validation accuracy changes from epoch to epoch over "
            + "the second half of the training; for calm and neutral, the share of calm recordings taken for neutral less "
            + "the share of neutral ones taken for calm."),
      ])
  }
}

extension ClaimResult {
  /// What is compared, in a few words.
  fileprivate var comparison: String {
    let what =
      switch measure {
      case .steadiness: "changes an epoch, \(runs.reversed().joined(separator: " less "))"
      case .ensembleGain: "\(runs.joined()) less its mean member"
      case .calmForNeutral: runs.joined()
      case .accuracy, .sameAccuracy: runs.joined(separator: " less ")
      }
    let ending = epochs.map { ", \($0) epochs" } ?? ""
    return [paperSection.map { "Paper, \($0)" }, what + ending].compactMap(\.self).joined(separator: ": ")
  }
}

extension Verdict {
  fileprivate var text: String { rawValue.split(separator: "-").joined(separator: " ") }

  fileprivate var tone: Document.Cell.Tone {
    switch self {
    case .supported: .good
    case .notSupported: .bad
    case .undecided: .plain
    case .open: .quiet
    }
  }
}
