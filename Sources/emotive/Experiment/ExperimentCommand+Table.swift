import Corpora
import Evaluation
import Foundation
import Reporting

/// What is printed of an experiment.
extension ExperimentCommand {
  /// The figures of its runs beside the paper's, those that are not finished included.
  func table(_ experiment: ExperimentRecord, in folder: URL) -> String {
    var table = TextTable(
      ["run", "what", "network", "protocol", "paper WA", "WA", "UAR", "95% interval of UAR"], leading: 4)
    for run in experiment.runs {
      let runFolder = RunFolder(folder.appending(path: run.name))
      let settings = (try? runFolder.record)?.settings
      let result = runFolder.result
      let figures = result?.figures
      let interval = result.map { result -> String in
        let uar = result.intervals.uar
        if result.isCrossCorpus { return "mean over the pairs" }
        return uar.isUsable ? "\(decimals(uar.low)) - \(decimals(uar.high))" : "\(uar.drawn): none"
      }
      let protocolName = settings.map { protocolText($0.split, result?.leakage) }
      table.add([
        run.name, run.title ?? "", settings?.title ?? "", protocolName ?? "",
        run.paperWA.map { decimals($0) } ?? "",
        figures.map { decimals($0.wa) } ?? (runFolder.hasFailed ? "failed" : "not finished"),
        figures.map { decimals($0.uar) } ?? "", interval ?? "",
      ])
    }
    let quickNote = quick ? "\nQuick: few epochs on few recordings; the figures say nothing about the method." : ""
    let title = "\(experiment.title ?? experiment.name) (paper: \(experiment.paperSection ?? ""))"
    return "\n\(title)\(quickNote)\n\n\(table)\n"
  }

  /// A protocol, with a word where it flatters.
  func protocolText(_ split: String, _ leakage: Leakage? = nil) -> String {
    guard (try? SplitPlan(split).isSpeakerDisjoint) == false else { return split }
    return "\(split) (\(leakage?.sharesSpeakersPerhaps == true ? "perhaps " : "")speakers on both sides)"
  }
}
