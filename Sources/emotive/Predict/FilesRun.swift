import ArgumentParser
import Foundation
import Recognition
import Reporting

/// `emotive predict` on any number of files.
struct FilesRun {
  let recognizer: Recognizer
  let many: ManyOptions
  let output: String?
  let workers: Int
  let skipBad: Bool

  /// - parameter form: the form of the results, by whether there is only one.
  func run(_ inputs: [String], form: (_ isOne: Bool) -> PredictionForm) throws {
    let manifest = recognizer.bundle.manifest
    var leftOut = LeftOut()
    var earlier: [(String, String)] = []
    let finished =
      try many.resume
      ? output.map { try FinishedPredictions($0, form: form(false), manifest: manifest) { earlier.append(($0, $1)) } }
      : nil
    for (file, reason) in earlier { leftOut.add(file, reason: reason, isEarlier: true) }
    let paths = try RecordingPaths(
      many.list == nil ? soundFiles(inputs, &leftOut) : [], list: many.list, shard: many.shard,
      isFinished: { finished?.remove($0) ?? false })
    let writer = PredictionWriter(form: form(paths.count == 1), manifest: manifest)
    let results = try TextOutput(output, isContinued: finished.map { $0.count > 0 || $0.hasHeader } ?? false)
    if finished?.hasHeader != true { try results.write(writer.header) }
    let progress =
      paths.count == 1
      ? nil : ProgressBar("predict", total: paths.count, unit: "recordings", startingAt: finished?.count ?? 0)

    // Nothing is lost with a file that can be gone on with.
    if output != nil { Interruption.watch() }
    do {
      try recognizer.predict(files: paths, workers: workers) { _, result in
        let file = paths.take()
        switch result {
        case .success(let prediction): try results.write(writer.text(file, prediction))
        case .failure(let error):
          try results.write(writer.text(file, error))
          leftOut.add(file, error)
        }
        progress?.advance()
        try Interruption.check()
      }
      try paths.checkList()  // a wish to stop may have ended it, or a failure
    } catch is Interrupted {
      note("stopped; the results so far are in \(results.partial ?? ""), and --resume goes on with them")
      throw Interrupted.exitCode
    }
    progress?.finish()
    try results.finish()
    try leftOut.finish(skipBad: skipBad)
  }
}
