import Corpora
import Foundation
import Training

/// What lies in a folder of experiments: everything that `emotive report` shows, and its `report.json`.
public struct Report: Codable, Sendable {
  /// The folder's name.
  public var title: String
  /// When the report was made, ISO 8601.
  public var made: String
  /// The paper's claims about these experiments, each with what the runs say about it.
  public var claims: [ClaimResult]
  /// The experiments in the paper's order.
  public var experiments: [ExperimentReport]
}

/// One experiment with all of its runs, finished or not.
public struct ExperimentReport: Codable, Sendable {
  /// What was declared; for runs without a declaration, a list of them.
  public var record: ExperimentRecord
  /// Whether `experiment.json` declared the runs, or they were merely found in a folder.
  public var isDeclared: Bool
  /// The runs in the declared order.
  public var runs: [RunReport]
  /// The recordings that the finished runs were most wrong about, the worst first.
  public var hardest: [HardRecording]
  /// Each run beside the first, where the runs are not declared ones.
  public var comparisons: [RunComparison]?
  /// Runs that differ in nothing but their seed, where the runs are not declared ones.
  public var seeds: [SeedScatter]?

  /// Its name for people.
  public var title: String { record.title ?? record.name }
  /// Whether epochs and data were cut for a quick look.
  public var isQuick: Bool { record.quick ?? false }

  enum CodingKeys: String, CodingKey {
    case record, runs, hardest, comparisons, seeds
    case isDeclared = "declared"
  }
}

/// One run: what it was made of, how far it came, and what it gave.
public struct RunReport: Codable, Sendable {
  /// How far a run came.
  public enum State: String, Codable, Sendable {
    /// There is nothing of it yet.
    case notStarted = "not-started"
    /// It is going on, or was stopped.
    case unfinished
    /// It ended in an error, which `failed.json` holds.
    case failed
    /// Its result is there, or all of its trainings where it has no test side.
    case finished
  }

  /// One network's training.
  public struct Training: Codable, Sendable {
    /// The split's name.
    public var split: String
    /// The member of the ensemble, from 1.
    public var member: Int
    /// What each epoch brought.
    public var epochs: [EpochRecord]
  }

  /// What was declared about it.
  public var declared: ExperimentRecord.Run
  /// How far it came.
  public var state = State.notStarted
  /// Why it is not finished: the last epoch, or what it failed of.
  public var explanation: String?
  /// What of its files could not be read.
  public var problems: [String] = []
  /// The command and settings, the machine and the commit.
  public var origin: RunOrigin?
  /// The trainings that were found, also those of an unfinished run.
  public var trainings: [Training] = []
  /// The figures of a finished run.
  public var result: EvaluationResult?
  /// The 95% intervals of the result's figures, from its predictions; the result's own where there are none.
  public var intervals: EvaluationResult.Intervals?
  /// The first member's confusion matrix, where there are several members.
  public var firstMemberConfusion: ConfusionMatrix?
  /// The calibration of the probabilities on the test sides.
  public var calibration: TemperatureScaling?

  /// Its name for people.
  public var title: String { declared.title ?? declared.name }

  /// Whether speakers stand on both sides of its splits; nil where nothing says so.
  public var sharesSpeakers: Bool? {
    if let result { return !result.speakerDisjoint }
    if let random = declared.random { return random }
    guard let split = origin?.settings.split, split != "none" else { return nil }
    return (try? SplitPlan(split).isSpeakerDisjoint).map { !$0 }
  }

  /// The time of all training steps.
  public var seconds: Double { trainings.reduce(0) { $0 + $1.epochs.reduce(0) { $0 + $1.seconds } } }

  /// Images trained per second over all trainings; nil where none was timed.
  public var imagesPerSecond: Double? {
    let images = trainings.flatMap(\.epochs).reduce(0) { $0 + $1.imagesPerSecond * $1.seconds }
    return seconds > 0 ? images / seconds : nil
  }

  init(_ declared: ExperimentRecord.Run) { self.declared = declared }
}

/// What a run was made of, its paths cut to their last part: a report is read on other machines.
public struct RunOrigin: Codable, Sendable {
  /// The command line.
  public var command: String
  /// All settings.
  public var settings: RunSettings
  /// The corpora with their numbers of recordings.
  public var corpora: [RunRecord.CorpusPart]
  /// The weight files that networks start from; nil if unknown.
  public var starts: [RunRecord.Start]?
  /// The commit of the sources; nil if unknown.
  public var commit: String?
  /// Where it ran.
  public var machine: Machine
  /// When it was started, ISO 8601.
  public var started: String
  /// The run of another experiment with the same settings and recordings whose result this is; nil for one of its own.
  public var sameAs: String?

  init(_ record: RunRecord) {
    command = record.command.map { argument in
      let words = argument.split(separator: ",", omittingEmptySubsequences: false).map { shortened(String($0)) }
      let text = words.joined(separator: ",")
      return text.contains(" ") ? "\"\(text)\"" : text
    }.joined(separator: " ")
    settings = record.settings
    settings.weights = settings.weights.split(separator: ",").map { shortened(String($0)) }.joined(separator: ",")
    settings.teacher = settings.teacher.map(shortened)
    corpora = record.corpora.map {
      RunRecord.CorpusPart(
        source: shortened($0.source), recordings: $0.recordings, skipped: $0.skipped, recordingsHash: $0.recordingsHash)
    }
    starts = record.starts
    commit = record.commit
    machine = record.machine
    started = record.started
    sameAs = record.sameAs
  }
}

/// `KIND=/a/b/c` or `/a/b/c` with the folders before the last part left out.
private func shortened(_ text: String) -> String {
  let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
  guard let path = parts.last, path.contains("/") else { return text }
  return parts.dropLast().map { $0 + "=" }.joined() + URL(filePath: String(path)).lastPathComponent
}
