import Evaluation
import Foundation

/// What a report says about one experiment.
struct ExperimentSection {
  let experiment: ExperimentReport
  /// A name for links and files that no other experiment has.
  let name: String
  let figures: ReportFigures

  init(_ experiment: ExperimentReport, name: String, figures: ReportFigures) {
    (self.experiment, self.name, self.figures) = (experiment, name, figures)
  }

  /// A name for the files of a run, which no other run has.
  private func fileName(_ run: String) -> String {
    let number = experiment.runs.firstIndex { $0.declared.name == run } ?? 0
    return "\(name)-\(number + 1)-\(run.slug)"
  }
  private var finished: [RunReport] { experiment.runs.filter { $0.result != nil } }

  /// The runs under each protocol, as only those can be compared.
  private var groups: [(label: String, name: String, runs: [RunReport])] {
    [(true, "random"), (false, "disjoint"), (nil, "unknown")].compactMap { sharing, name in
      let runs = experiment.runs.filter { $0.sharesSpeakers == sharing }
      let leakage = Leakage(largestOf: runs.compactMap { $0.result?.leakage })
      let label = protocolLabel(sharesSpeakers: sharing, leakage, isRandom: runs.contains(where: \.isRandom))
      return runs.isEmpty ? nil : (label, name, runs)
    }
  }

  func section() throws -> Document.Section {
    let record = experiment.record
    var blocks: [Document.Block] = []
    if let question = record.question { blocks.append(.paragraph(question)) }
    if let claim = record.claim {
      blocks.append(.paragraph("The paper" + (record.paperSection.map { " (\($0))" } ?? "") + ": \(claim)."))
    }
    blocks.append(.table(results))
    blocks += missing
    if !experiment.isDeclared { blocks += try settingsApart() + seeds + comparisons }
    blocks += leaks + (try curves())
    if record.name == "ensemble" || !experiment.isDeclared { blocks += try confusions() }
    if !finished.isEmpty { blocks.append(.table(recalls)) }
    blocks += try hardest()
    blocks += try details()
    return Document.Section(name: name, title: experiment.title + experiment.quickEnding, blocks: blocks)
  }

  // MARK: - Figures

  private var results: Document.Table {
    let isInPaper = experiment.runs.contains { $0.declared.paperWA != nil }
    var table = Document.Table(
      caption: "\(experiment.title)\(experiment.quickEnding): figures with 95% bootstrap intervals",
      header: ["run"] + (isInPaper ? ["paper's WA"] : []) + ["WA", "UAR", "macro-F1", "ECE", "recordings"],
      stacks: true)
    for run in experiment.runs {
      let head = [run.cell] + (isInPaper ? [Document.Cell(run.declared.paperWA.map { decimals($0) } ?? "")] : [])
      if let result = run.result, result.isCrossCorpus {
        let mean = result.meanOverSplits
        table.rows.append(
          head + [
            Document.Cell(decimals(mean.wa), note: mean.name),
            Document.Cell(decimals(mean.uar), note: mean.chance.map { "chance: \(decimals($0))" }),
            Document.Cell(decimals(mean.macroF1)), "", Document.Cell("\(result.n)"),
          ])
      } else if let result = run.result {
        let intervals = run.intervals ?? result.intervals
        let ece = run.calibration?.before.ece ?? result.ece
        table.rows.append(
          head + [
            Document.Cell(decimals(result.wa), note: intervals.wa.text),
            Document.Cell(decimals(result.uar), note: intervals.uar.text),
            Document.Cell(decimals(result.macroF1), note: intervals.macroF1?.text),
            Document.Cell(decimals(ece), note: run.calibration?.after.map { "\(decimals($0.ece)) after temperature" }),
            Document.Cell("\(result.n)", note: intervals.wa.shortage ?? intervals.wa.drawn),
          ])
      } else {
        table.rows.append(head + [Document.Cell(run.state.text, tone: .quiet), "", "", "", ""])
      }
    }
    return table
  }

  /// The settings that tell runs of one's own apart, as the names of their folders may not.
  private func settingsApart() throws -> [Document.Block] {
    let lists = try experiment.runs.map { run in
      try run.origin.map { origin in
        let corpora = origin.corpora.map { "\($0.source): \($0.recordings)" }.joined(separator: "; ")
        return try SettingsList(origin.settings).values.merging(["corpora": corpora]) { own, _ in own }
      }
    }
    let known = lists.compactMap(\.self)
    let names = Set(known.flatMap(\.keys)).sorted().filter { name in Set(known.map { $0[name] }).count > 1 }
    guard !names.isEmpty else { return [] }
    var table = Document.Table(
      caption: "Settings in which the runs differ", header: ["setting"] + experiment.runs.map(\.title),
      leading: experiment.runs.count + 1)
    table.rows = names.map { name in [Document.Cell(name)] + lists.map { Document.Cell($0?[name] ?? "") } }
    return [.table(table)]
  }

  /// How the figures scatter over seeds.
  private var seeds: [Document.Block] {
    guard let seeds = experiment.seeds, !seeds.isEmpty else { return [] }
    var table = Document.Table(
      caption: "Runs that differ only in their seed, which random and kfold splits are drawn by too: mean and standard "
        + "deviation of single runs",
      header: ["runs", "seeds", "WA", "UAR"], leading: 2, stacks: true)
    table.rows = seeds.map { group in
      [
        Document.Cell(listed(group.runs)), Document.Cell(listed(group.seeds.map { "\($0)" })),
        Document.Cell("\(decimals(group.wa.mean)) \u{B1} \(decimals(group.wa.deviation))"),
        Document.Cell("\(decimals(group.uar.mean)) \u{B1} \(decimals(group.uar.deviation))"),
      ]
    }
    return [.table(table)]
  }

  /// Each run beside the first.
  private var comparisons: [Document.Block] {
    guard let comparisons = experiment.comparisons, !comparisons.isEmpty else { return [] }
    var table = Document.Table(
      caption: "Differences in points, on the recordings that both runs tested, with 95% bootstrap intervals",
      header: ["runs", "WA", "UAR", "right alone", "McNemar's p", "recordings"], stacks: true)
    table.rows = comparisons.map { comparison in
      let (intervals, test) = (comparison.intervals, comparison.mcnemar)
      return [
        Document.Cell(comparison.runs.joined(separator: " less ")),
        Document.Cell(points(comparison.wa), note: intervals.wa.isUsable ? intervals.wa.pointsText : nil),
        Document.Cell(points(comparison.uar), note: intervals.uar.isUsable ? intervals.uar.pointsText : nil),
        Document.Cell("\(test.firstOnly) and \(test.secondOnly)"), Document.Cell(pText(test)),
        Document.Cell("\(comparison.n)", note: intervals.wa.shortage ?? intervals.wa.drawn),
      ]
    }
    return [
      .table(table),
      .paragraph(
        "Right alone: recordings that only the one run tells rightly, and only the other. McNemar's exact test of these "
          + "takes recordings as independent, the intervals take speakers as independent; neither is about other seeds."
      ),
    ]
  }

  private func pText(_ test: McNemar) -> String { test.exactP < 0.001 ? "below 0.001" : decimals(test.exactP) }

  /// What is not there yet, and why.
  private var missing: [Document.Block] {
    let waiting = experiment.runs.filter { $0.state == .notStarted && $0.problems.isEmpty }
    let others = experiment.runs.filter { $0.state != .finished && ($0.state != .notStarted || !$0.problems.isEmpty) }
    let sentences = others.map { run in
      let reasons = [run.explanation].compactMap(\.self) + run.problems
      return "\(run.fullTitle): \(run.state.text)" + (reasons.isEmpty ? "." : ", \(reasons.joined(separator: "; ")).")
    }
    let list = waiting.isEmpty ? [] : ["Not started: \(waiting.map(\.fullTitle).joined(separator: "; "))."]
    return (sentences + list).map { .paragraph($0) }
  }

  /// What the sides of the splits share, once for all runs of which it is true.
  private var leaks: [Document.Block] {
    groups.compactMap { group in
      let results = group.runs.compactMap(\.result)
      let notes = results.flatMap { $0.splits.compactMap(\.notes.first) }
      let distinct = notes.distinct
      guard !distinct.isEmpty else { return nil }
      let shown = distinct.prefix(3).joined(separator: " / ") + (distinct.count > 3 ? " / \u{2026}" : "")
      let label = group.name == "random" ? String(group.label.prefix { $0 != ":" }) : group.label
      let text =
        "Marked \(label): \(results.map(\.protocolName).distinct.joined(separator: " / ")). "
        + "What the two sides of the splits share: \(shown)."
      return group.name == "random" ? .warning(text) : .paragraph(text)
    }
  }

  private func curves() throws -> [Document.Block] {
    let pictures = try groups.flatMap { group in
      let title = "\(experiment.title), \(group.label)\(experiment.quickEnding)"
      return try figures.curves(
        group.runs, name: "\(name)-\(group.name)", title: title,
        caption: "\(title). Each line is the mean over a run's trainings; solid for validation, dashed for training"
          + (watchesTest(group.runs) ? ". The validation side is the test side, watched for curves only." : "."))
    }
    return pictures.isEmpty ? [] : [.heading("Curves\(experiment.quickEnding)"), .pictures(pictures)]
  }

  private func watchesTest(_ runs: [RunReport]) -> Bool { runs.contains { $0.origin?.settings.validation == .test } }

  /// A single network's matrix beside the ensemble's; for runs without a declared experiment, those that there are.
  private func confusions() throws -> [Document.Block] {
    var blocks: [Document.Block] = []
    for group in groups {
      let finished = group.runs.filter { $0.result != nil }
      let ensembles = finished.filter { ($0.result?.members.count ?? 0) > 1 }
      let singles = finished.filter { ($0.result?.members.count ?? 0) == 1 }
      var matrices: [(title: String, name: String, matrix: ConfusionMatrix)] = []
      for run in singles {
        if let matrix = try run.result?.confusionMatrix() {
          matrices.append((run.title, fileName(run.declared.name), matrix))
        }
      }
      for run in ensembles {
        if singles.isEmpty, let first = run.firstMemberConfusion {
          matrices.append(("First member of \(run.title)", fileName(run.declared.name) + "-first", first))
        }
        if let matrix = try run.result?.confusionMatrix() {
          matrices.append((run.title, fileName(run.declared.name), matrix))
        }
      }
      guard !matrices.isEmpty else { continue }
      blocks.append(
        .pictures(
          try matrices.map { title, name, matrix in
            try figures.confusion(
              matrix, name: name, title: "\(title), \(group.label)\(experiment.quickEnding)")
          }))
      blocks += matrices.compactMap { title, _, matrix in matrix.calmAndNeutral.map { .paragraph("\(title): \($0)") } }
      blocks += gains(ensembles) + uncertainties(ensembles)
    }
    return blocks.isEmpty ? [] : [.heading("Confusion matrices\(experiment.quickEnding)")] + blocks
  }

  /// What averaging gains.
  private func gains(_ ensembles: [RunReport]) -> [Document.Block] {
    ensembles.compactMap { run in
      guard let result = run.result, let gain = result.ensembleGain else { return nil }
      return .paragraph(
        "\(run.title): WA \(decimals(result.wa)), its members alone \(decimals(result.wa - gain.wa)) on average, so that "
          + "averaging them makes \(points(gain.wa)) points." + (significance(gain) ?? ""))
    }
  }

  /// How unsure the ensembles are where they are right and where they are wrong.
  private func uncertainties(_ ensembles: [RunReport]) -> [Document.Block] {
    ensembles.compactMap { run in
      guard let uncertainty = run.result?.uncertainty else { return nil }
      var table = Document.Table(
        caption: "How unsure \(run.fullTitle) is, means over its answers\(experiment.quickEnding)"
          + (uncertainty.auroc.map {
            "; by its entropy a wrong answer is told from a right one with AUROC \(decimals($0))"
          }
            ?? ""),
        header: ["answers", "predictive entropy (nats)", "mutual information (nats)", "members that disagree"])
      for (name, mean) in [("right", uncertainty.right), ("wrong", uncertainty.wrong)] {
        guard let mean else { continue }
        table.rows.append([
          Document.Cell(name), Document.Cell(decimals(mean.predictiveEntropy)),
          Document.Cell(decimals(mean.mutualInformation)), Document.Cell(decimals(mean.disagreement)),
        ])
      }
      return .table(table)
    }
  }

  private func significance(_ gain: EnsembleGain) -> String? {
    guard let test = gain.againstMedian else { return nil }
    return
      " Of the recordings, \(test.firstOnly) are told rightly by the ensemble and not by \(gain.medianMember), the median, "
      + "\(test.secondOnly) the other way round (McNemar's exact p \(pText(test)), taking recordings as independent)."
  }

  private var recalls: Document.Table {
    let labels = finished.flatMap { $0.result?.labels ?? [] }.distinct
    var table = Document.Table(
      caption: "Recall of each class\(experiment.quickEnding)", header: ["run"] + labels)
    for run in finished {
      let classes = run.result?.classes ?? []
      table.rows.append(
        [run.cell]
          + labels.map { label in
            guard let found = classes.first(where: { $0.label == label }), found.support > 0 else { return "" }
            return Document.Cell(decimals(found.recall, 2), shade: found.recall)
          })
    }
    return table
  }

  private func hardest() throws -> [Document.Block] {
    guard !experiment.hardest.isEmpty else { return [] }
    let features = finished.first?.origin?.settings.features
    let pictures = try experiment.hardest.enumerated().map { index, recording in
      try figures.spectrogram(
        recording, features: features, name: "\(name)-hardest-\(index + 1)", ending: experiment.quickEnding)
    }
    return [
      .heading("The hardest recordings\(experiment.quickEnding)"),
      .paragraph(
        "Those with the highest loss of the true class under the averaged probabilities, in the mean over the finished "
          + "runs that tested them. The pictures show log-mel power before any whitening, in the networks' window."),
      .pictures(pictures),
    ]
  }

  // MARK: - Settings and runs

  private func details() throws -> [Document.Block] {
    let lists = try experiment.runs.map { try $0.origin.map { try SettingsList($0.settings) } }
    let common = SettingsList.common(lists.compactMap(\.self))
    var blocks: [Document.Block] = [.heading("Runs\(experiment.quickEnding)")]
    if !common.isEmpty {
      var table = Document.Table(
        caption: "Settings of all runs\(experiment.quickEnding)", header: ["setting", "value"], leading: 2)
      table.rows = common.sorted { $0.key < $1.key }.map { [Document.Cell($0.key), Document.Cell($0.value)] }
      blocks.append(.details("Settings that all runs share", [.table(table)]))
    }
    for (run, list) in zip(experiment.runs, lists) {
      let own = (list?.values ?? [:]).filter { common[$0.key] == nil }
      blocks.append(
        try RunDetails(run, own: own, name: fileName(run.declared.name), ending: experiment.quickEnding)
          .block(figures))
    }
    return blocks
  }
}

extension ConfusionMatrix {
  /// How often calm and neutral are taken for each other, which the paper finds to happen one way; nil without them.
  fileprivate var calmAndNeutral: String? {
    guard let calm = labels.firstIndex(of: "calm"), let neutral = labels.firstIndex(of: "neutral") else { return nil }
    func part(_ row: Int, _ column: Int) -> String {
      let total = counts[row].reduce(0, +)
      let percent = total == 0 ? 0 : Int((100 * Double(counts[row][column]) / Double(total)).rounded())
      return "\(counts[row][column]) of \(total) (\(percent)%)"
    }
    return "calm was taken for neutral in \(part(calm, neutral)), neutral for calm in \(part(neutral, calm))."
  }
}
