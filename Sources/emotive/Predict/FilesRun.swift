import ArgumentParser
import Audio
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
    let files = try many.list == nil ? soundFiles(inputs, &leftOut) : []
    try checkDistinct(output, flag: "--output", from: many.list.map { [$0] } ?? files)
    let finished =
      try many.resume ? output.map { try FinishedPredictions($0, form: form(false), manifest: manifest) } : nil
    let paths = try RecordingPaths(files, many, finished: finished)
    let writer = PredictionWriter(form: form(paths.count == 1), manifest: manifest)
    let results = try TextOutput(output, waiting: finished?.isEmpty == false ? .kept : .refused)
    // Held back until a result follows: alone, it is nothing to go on with.
    var opening = finished?.hasHeader == true ? "" : writer.header
    var partlyHeard = 0
    func add(_ text: String) throws {
      try results.write(opening + text)
      opening = ""
    }
    let progress =
      paths.count == 1
      ? nil : ProgressBar("predict", total: paths.count, unit: "recordings", startingAt: paths.finishedCount)

    do {
      try recognizer.predict(files: paths, isNextReady: { paths.isNextReady }, workers: workers) { _, result in
        let file = paths.take()
        // The files of a list are only known by now.
        if many.list != nil { try checkDistinct(output, flag: "--output", from: [file]) }
        switch result {
        case .success(let prediction):
          let duration = try? SoundFile(path: file).duration
          if writer.isPartlyHeard(duration) { partlyHeard += 1 }
          try add(writer.text(file, prediction, duration: duration))
        case .failure(let error):
          let error = readable(error, recording: file)
          try add(writer.text(file, error))
          leftOut.add(file, error)
        }
        progress?.advance()
        try Interruption.check()
      }
      try paths.checkList()  // a wish to stop may have ended it, or a failure
    } catch is Interrupted {
      let place = results.partial.map { "are in \($0), and --resume continues from them" } ?? "have been written"
      note("stopped; the results so far \(place)")
      throw Interrupted.exitCode
    }
    progress?.finish()
    try add("")
    try results.finish()
    if partlyHeard > 0, writer.form != .table {
      note(
        "Only the middle of \(partlyHeard) recording(s) was heard, \(writer.heard) s of each; --timeline goes through all "
          + "of them.")
    }
    try leftOut.finish(skipBad: skipBad)
  }
}
