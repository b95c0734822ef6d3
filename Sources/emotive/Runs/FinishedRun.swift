import ArgumentParser
import Corpora
import Evaluation
import Foundation

/// A finished run as `--run` names it.
struct FinishedRun {
  /// The folder as it was given, for messages.
  let path: String
  /// The folder.
  let folder: RunFolder
  /// What the run was made of.
  let record: RunRecord
  /// How it divided the recordings.
  let plan: SplitPlan
  /// The classes.
  let labels: [String]
  /// What a reader of its figures must know.
  let notes: [String]

  /// - throws: `ValidationError` that names the run where it is not there or not finished, `Failure` where run.json cannot be
  ///   read.
  private init(_ path: String) throws {
    let folder = RunFolder(URL(filePath: path))
    guard let result = folder.result, let record = try folder.record else {
      throw ValidationError(
        "--run \(path): it holds no run.json and result.json, so it is not a finished run; let it finish first")
    }
    (self.path, self.folder, self.record) = (path, folder, record)
    (labels, notes) = (result.labels, result.notes)
    plan = try naming(split: "--run \(path): its split") { try SplitPlan(record.settings.split) }
  }

  /// Reads runs that can be judged as one.
  ///
  /// - throws: `ValidationError` that names the run where one is not finished or given twice, or has another protocol than
  ///   the others.
  static func all(_ paths: [String]) throws -> [FinishedRun] {
    var places: Set<String> = []
    let runs = try paths.map { path -> FinishedRun in
      guard FileManager.default.fileExists(atPath: path) else {
        throw ValidationError("--run \(path): there is no such folder; check the path")
      }
      let place = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
      guard places.insert(place).inserted else {
        throw ValidationError(
          "--run \(path): the same run is given twice, and would count twice in the ensemble; give it once")
      }
      return try FinishedRun(path)
    }
    guard Set(runs.map(\.plan.withAllFolds.description)).count == 1 else {
      let protocols = Set(runs.map(\.plan.description)).sorted().joined(separator: ", ")
      throw ValidationError("--run: the runs have different protocols (\(protocols)); evaluate them one by one")
    }
    return runs
  }
}
