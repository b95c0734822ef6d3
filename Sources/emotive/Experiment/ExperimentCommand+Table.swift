import Evaluation
import Foundation
import Reporting

/// What is printed of an experiment.
extension ExperimentCommand {
  /// The figures of its runs beside the paper's, those that are not finished included.
  func table(_ experiment: Experiment, in folder: URL) -> String {
    var table = TextTable(["run", "network", "protocol", "paper WA", "WA", "UAR", "95% interval of UAR"], leading: 3)
    for run in experiment.runs {
      let runFolder = RunFolder(folder.appending(path: run.name))
      let result = runFolder.result
      let interval = result.map { "\(decimals($0.intervals.uar.low)) - \(decimals($0.intervals.uar.high))" }
      table.add([
        run.title, run.settings.title, protocolText(run), run.paperWA.map { decimals($0) } ?? "",
        result.map { decimals($0.wa) } ?? (runFolder.hasFailed ? "failed" : "not finished"),
        result.map { decimals($0.uar) } ?? "", interval ?? "",
      ])
    }
    let quickNote = quick ? "\nQuick: few epochs on few recordings; the figures say nothing about the method." : ""
    return "\n\(experiment.title) (paper: \(experiment.paperSection))\(quickNote)\n\n\(table)\n"
  }

  /// The protocol of a run, with a word where it flatters.
  func protocolText(_ run: Experiment.Run) -> String {
    run.settings.split + (run.isRandom ? " (speakers on both sides)" : "")
  }
}
