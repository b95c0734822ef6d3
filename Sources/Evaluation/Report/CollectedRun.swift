import Corpora
import Foundation
import Storage
import Training

/// One answer of a run's ensemble.
struct Judgement {
  let file: String
  let speaker: String?
  let label: String
  let predicted: String
  /// The share of the members that were right by themselves.
  let rightMembers: Double

  var isRight: Bool { label == predicted }
}

/// A run as it lies in its folder: its report, and the predictions that comparisons need.
struct CollectedRun {
  var report: RunReport
  private(set) var predictions: [Predictions] = []
  private(set) var judgements: [Judgement] = []

  /// Reads the folder of a declared run.
  init(_ declared: ExperimentRecord.Run, in experiment: URL) {
    report = RunReport(declared)
    // The name comes from a file: it must not lead out of the experiment's folder.
    guard !declared.name.isEmpty, !declared.name.hasPrefix("."), !declared.name.contains("/") else {
      report.problems = ["its name is not that of a folder"]
      return
    }
    read(experiment.appending(path: declared.name))
  }

  /// Reads a run's folder.
  init(folder: URL) {
    report = RunReport(ExperimentRecord.Run(name: folder.lastPathComponent))
    read(folder)
  }

  /// Whether a folder is that of a run.
  static func isRun(_ folder: URL) -> Bool {
    ["run.json", "result.json", RunFailure.fileName].contains {
      FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
    }
  }

  // MARK: - Reading

  private mutating func read(_ folder: URL) {
    report.origin = decode(RunRecord.self, folder.appending(path: "run.json")).map(RunOrigin.init)
    report.result = decode(EvaluationResult.self, folder.appending(path: "result.json"))
    do {
      _ = try report.result?.confusionMatrix()
    } catch {
      report.problems.append("result.json cannot be used: \(error)")
      report.result = nil
    }
    readSplits(folder)
    if let result = report.result {
      report.state = .finished
      judge(result)
    } else if let failure = decode(RunFailure.self, folder.appending(path: RunFailure.fileName)) {
      report.state = .failed
      report.explanation = failure.reason + (failure.failed.map { " (\($0))" } ?? "")
    } else if let settings = report.origin?.settings, settings.split == "none",
      report.trainings.filter({ $0.epochs.count >= settings.training.epochs }).count == settings.members
    {
      let isWritten = FileManager.default.fileExists(atPath: folder.appending(path: "all/bundle/bundle.json").path)
      report.state = isWritten ? .finished : .unfinished
      report.explanation =
        isWritten ? "trained on everything: there is no test side to judge it on" : "\(progress), without its bundle"
    } else if report.origin != nil || !report.trainings.isEmpty || !report.problems.isEmpty {
      report.state = .unfinished
      report.explanation = progress
    }
  }

  /// The trainings and predictions below the splits' folders.
  private mutating func readSplits(_ folder: URL) {
    let order = report.result?.splits.map(\.name) ?? []
    let splits = folders(in: folder).sorted { first, second in
      let places = [first, second].map { order.firstIndex(of: $0.lastPathComponent) ?? order.count }
      return places[0] == places[1] ? isOrdered(first, second) : places[0] < places[1]
    }
    var others: [String] = []
    for split in splits {
      let (name, file) = (split.lastPathComponent, split.appending(path: "predictions.json"))
      // A plan that was trained into the same folder before; a training that several splits share has no predictions.
      guard order.isEmpty || order.contains(name) || !FileManager.default.fileExists(atPath: file.path) else {
        others.append(name)
        continue
      }
      for member in folders(in: split) {
        let parts = member.lastPathComponent.split(separator: "-")
        guard parts.count == 2, parts[0] == "member", let number = Int(parts[1]) else { continue }
        report.trainings.append(
          .init(split: name, member: number, epochs: epochs(member.appending(path: "epochs.jsonl"))))
      }
      if let found = decode(Predictions.self, file) { predictions.append(found) }
    }
    guard !others.isEmpty else { return }
    let plan = (report.origin?.settings.split).flatMap { try? SplitPlan($0) }
    let advice = plan.map { $0.fold == nil ? "" : "; evaluate all with --split \($0.withAllFolds) --resume" } ?? ""
    report.problems.append(
      "result.json does not cover \(others.joined(separator: ", ")), which "
        + "\(others.count == 1 ? "is" : "are") in the folder\(advice)")
  }

  /// The result's own intervals and calibration, and what can only be computed from the predictions.
  private mutating func judge(_ result: EvaluationResult) {
    let labels = result.labels
    report.intervals = result.intervals
    report.calibration = result.calibration
    guard predictions.reduce(0, { $0 + $1.files.count }) == result.n,
      predictions.allSatisfy({ $0.logits[0].allSatisfy { $0.count == labels.count } })
    else {
      // Predictions of other splits than the result's would give other figures.
      if !predictions.isEmpty { report.problems.append("the predictions are not those of result.json") }
      predictions = []
      return
    }
    judgements = predictions.flatMap { $0.judgements(labels) }
    let truth = predictions.flatMap(\.truth)
    let predicted = predictions.flatMap(\.predicted)
    report.intervals = try? BootstrapInterval.estimate(
      truth: truth, predicted: predicted, speakers: judgements.map(\.speaker))
    if result.members.count > 1 {
      let first = predictions.flatMap { $0.logits[0].map(\.indexOfMaximum) }
      report.firstMemberConfusion = try? ConfusionMatrix(labels: labels, truth: truth, predicted: first)
    }
    if report.calibration == nil {
      report.calibration = try? TemperatureScaling(predictions, source: EvaluationResult.validationTemperatures)
    }
  }

  /// How far an unfinished run came.
  private var progress: String {
    let wanted = report.origin?.settings.training.epochs
    func isDone(_ training: RunReport.Training) -> Bool { wanted.map { training.epochs.count >= $0 } ?? false }
    let done = report.trainings.count(where: isDone)
    let behind = done == 0 ? [] : ["after \(done) training\(done == 1 ? "" : "s")"]
    let current = report.trainings.last { !isDone($0) }.map { training in
      let of = wanted.map { " of \($0)" } ?? ""
      return "after epoch \(training.epochs.count)\(of) of \(training.split), member \(training.member)"
    }
    let parts = behind + (current.map { [$0] } ?? [])
    return parts.isEmpty ? "before its first epoch" : parts.joined(separator: ", ")
  }

  // MARK: - Files

  /// A file's value; nil where it is absent, and where it cannot be read, which is noted.
  private mutating func decode<Value: Decodable>(_ type: Value.Type, _ file: URL) -> Value? {
    guard let data = try? Data(contentsOf: file) else { return nil }
    do {
      return try JSON.decode(type, from: data)
    } catch {
      report.problems.append("\(file.lastPathComponent) cannot be read: \(inWords(error))")
      return nil
    }
  }

  private func epochs(_ file: URL) -> [EpochRecord] {
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    // The last line may be half written by a run that is going on.
    return text.split(separator: "\n").compactMap { try? JSON.decode(EpochRecord.self, from: Data($0.utf8)) }
  }
}

/// The folders in a folder, in the order of the numbers in their names.
func folders(in folder: URL) -> [URL] {
  let found =
    (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey])) ?? []
  return found.filter { (try? $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true }.sorted(by: isOrdered)
}

private func isOrdered(_ first: URL, _ second: URL) -> Bool {
  first.lastPathComponent.compare(second.lastPathComponent, options: .numeric) == .orderedAscending
}

extension Predictions {
  fileprivate func judgements(_ labels: [String]) -> [Judgement] {
    let members = logits.map { $0.map(\.indexOfMaximum) }
    return zip(truth.indices, predicted).map { index, predicted in
      let right = members.count { $0[index] == truth[index] }
      return Judgement(
        file: files[index], speaker: speakers[index], label: labels[truth[index]], predicted: labels[predicted],
        rightMembers: Double(right) / Double(members.count))
    }
  }
}
