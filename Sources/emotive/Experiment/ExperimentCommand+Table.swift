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
      // Corpora with other classes each have no figure of all their recordings together, but a mean over the splits.
      let isMean = result?.isCrossCorpus == true
      let wa = isMean ? result?.meanOverSplits.wa : result?.wa
      let uar = isMean ? result?.meanOverSplits.uar : result?.uar
      let interval = isMean ? nil : result?.intervals.uar
      let protocolName = settings.map { protocolText($0.split, result?.leakage) }
      table.add([
        run.name, run.title ?? "", settings?.title ?? "", protocolName ?? "",
        run.paperWA.map { decimals($0) } ?? "",
        wa.map { decimals($0) } ?? (runFolder.hasFailed ? "failed" : "not finished"), uar.map { decimals($0) } ?? "",
        interval.map { "\(decimals($0.low)) - \(decimals($0.high))" } ?? (isMean ? "mean over the pairs" : ""),
      ])
    }
    let quickNote = quick ? "\nQuick: few epochs on few recordings; the figures say nothing about the method." : ""
    let title = "\(experiment.title ?? experiment.name) (paper: \(experiment.paperSection ?? ""))"
    return "\n\(title)\(quickNote)\n\n\(table)\n"
  }

  /// A protocol, with a word where it flatters.
  func protocolText(_ split: String, _ leakage: Leakage? = nil) -> String {
    guard (try? SplitPlan(split).isSpeakerDisjoint) == false else { return split }
    let isPerhaps = leakage.map { $0.sharedSpeakers == 0 && $0.unknownSpeakers > 0 } ?? false
    return "\(split) (\(isPerhaps ? "perhaps " : "")speakers on both sides)"
  }
}
