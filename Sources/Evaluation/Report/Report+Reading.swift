import Foundation
import Storage

/// Why no report can be made.
public struct ReportError: DescribedError {
  /// What was wrong and what to do.
  public let description: String
}

extension Report {
  /// Reads all that is there: the folder may hold experiments, be one, hold runs, or be one.
  ///
  /// - Parameter hardest: how many of the hardest recordings each experiment names.
  /// - throws: `ReportError` where there is no run and no experiment, `EncodingError` for settings that are no JSON.
  public init(folder: URL, hardest: Int = 4, onExperiment: (String) -> Void = { _ in }) throws {
    title = folder.standardizedFileURL.lastPathComponent
    made = Date.now.formatted(.iso8601)
    (claims, experiments) = ([], [])
    for (record, isDeclared, place) in try Self.find(in: folder) {
      onExperiment(record.name)
      var names: Set<String> = []
      let runs =
        isDeclared
        ? record.runs.filter { names.insert($0.name).inserted }.map { CollectedRun($0, in: place) }
        : Self.runs(in: place).map(CollectedRun.init)
      claims += try ClaimResult.judged(record, runs)
      let judged = runs.compactMap { run in run.report.result.map { ($0.labels, run.predictions) } }
      experiments.append(
        ExperimentReport(
          record: record, isDeclared: isDeclared, runs: runs.map(\.report),
          hardest: HardRecording.hardest(judged, count: hardest),
          // What declared runs are compared for, the paper's claims say.
          comparisons: isDeclared ? nil : RunComparison.all(runs),
          seeds: isDeclared ? nil : try SeedScatter.all(runs.map(\.report))))
    }
  }

  /// The experiments in a folder, the runs without one as one more, and where each lies.
  private static func find(in folder: URL) throws -> [(record: ExperimentRecord, isDeclared: Bool, place: URL)] {
    if let record = try experiment(in: folder) { return [(record, true, folder)] }
    var found = try folders(in: folder).compactMap { place in try experiment(in: place).map { ($0, true, place) } }
    found.sort { (rank($0.0), $0.0.name) < (rank($1.0), $1.0.name) }
    let runs = runs(in: folder)
    if !runs.isEmpty {
      let record = ExperimentRecord(
        name: "runs", title: runs.count == 1 ? "One run" : "Runs",
        runs: runs.map { .init(name: $0.lastPathComponent) })
      found.append((record, false, folder))
    }
    guard !found.isEmpty else {
      throw ReportError(
        description: "\(folder.path) holds no experiment and no run: expected the --output of `emotive experiment` or "
          + "`emotive train`, with \(ExperimentRecord.fileName) or run.json in it or in its folders")
    }
    return found
  }

  /// The run that a folder is, or the runs in it.
  private static func runs(in folder: URL) -> [URL] {
    CollectedRun.isRun(folder) ? [folder] : folders(in: folder).filter(CollectedRun.isRun)
  }

  /// The place in the order of the paper; any other experiments follow by name.
  private static func rank(_ record: ExperimentRecord) -> Int {
    let names = Experiment.Name.allCases
    return names.firstIndex { $0.rawValue == record.name } ?? names.count
  }

  private static func experiment(in folder: URL) throws -> ExperimentRecord? {
    let file = folder.appending(path: ExperimentRecord.fileName)
    guard let data = try? Data(contentsOf: file) else { return nil }
    do {
      return try JSON.decode(ExperimentRecord.self, from: data)
    } catch {
      throw ReportError(description: "\(file.path) is not an experiment's record: \(inWords(error))")
    }
  }
}
