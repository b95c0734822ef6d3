import ArgumentParser
import Audio
import Foundation
import Recognition
import Reporting
import Storage

/// `emotive predict --timeline` on any number of recordings: the timeline of each is a file of its own.
struct TimelinesRun {
  let timeline: TimelineRun
  let many: ManyOptions
  /// Where the timelines go.
  let folder: TimelineFolder
  let skipBad: Bool

  func run(_ inputs: [String]) throws {
    var leftOut = LeftOut()
    let files = try many.list == nil ? soundFiles(inputs, &leftOut) : []
    let paths = try RecordingPaths(files, many, finished: many.resume ? folder : nil)
    try folder.claim(
      TimelineFolder.Record(
        bundle: timeline.recognizer.bundle.manifest.name, dense: timeline.options.dense,
        settings: timeline.options.settings(for: timeline.recognizer.bundle.manifest, duration: nil)),
      resume: many.resume)
    let progress = ProgressBar(
      "timelines", total: paths.count, unit: "recordings", startingAt: paths.finishedCount)
    var count = 0
    do {
      while paths.next() != nil {
        let file = paths.take()
        if let error = try failure(of: file) { leftOut.add(file, error) } else { count += 1 }
        progress.advance()
        try Interruption.check()
      }
      try paths.checkList()
    } catch is Interrupted {
      note("stopped; \(count) timeline(s) are finished in \(folder.path), and --resume goes on with the others")
      throw Interrupted.exitCode
    }
    progress.finish()
    let kept = paths.finishedCount > 0 ? ", beside \(paths.finishedCount) that were there" : ""
    print("\(count) timeline(s) are in \(folder.path)\(kept).")
    try leftOut.finish(skipBad: skipBad)
  }

  /// What is wrong with a recording; nil where its timeline is written.
  ///
  /// - throws: what would go wrong with any other recording, too.
  private func failure(of file: String) throws -> (any Error)? {
    let source: SoundSource
    do { source = try .file(SoundFile(path: file)) } catch { return error }
    do {
      try timeline.write(source, of: file, to: folder.place(of: file))
      return nil
    } catch let error as AudioError {
      return error
    }
  }
}

/// A folder of timelines, in which each has the path of its recording, and a file says how they were made.
struct TimelineFolder: FinishedRecordings {
  /// What timelines of a folder have in common.
  struct Record: Codable, Equatable {
    let bundle: String
    /// Whether all are dense; nil where that depends on their length.
    let dense: Bool?
    let settings: TimelineSettings
  }

  let path: String
  let form: TimelineForm

  /// Writes down how the timelines are made, or sees that those which are there were made in the same way.
  ///
  /// - throws: `ValidationError` where they were not.
  func claim(_ record: Record, resume: Bool) throws {
    let file = "\(path)/timelines-\(form.rawValue).json"
    if resume, let data = try? Data(contentsOf: URL(filePath: file)) {
      guard let earlier = try? JSON.decode(Record.self, from: data), earlier == record else {
        throw ValidationError(
          "--output \(path): its timelines were made with another bundle or other settings (see \(file)); give the same, "
            + "name another --output, or leave out --resume to start again")
      }
    } else {
      try writeJSON(record, to: file)
    }
  }

  /// Where a recording's timeline goes: its path below the folder, with another extension behind its own, since `talk.wav`
  /// and `talk.flac` are two recordings.
  func place(of file: String) -> String {
    let isUpwards = file.split(separator: "/").contains("..")
    let below = isUpwards ? URL(filePath: file).absoluteURL.standardizedFileURL.path : file
    let parts = below.split(separator: "/").filter { $0 != "." }
    return "\(path)/\(parts.joined(separator: "/")).\(form.fileExtension)"
  }

  /// A timeline that is there is finished, as it is renamed when it is whole.
  func accounts(for file: String) -> Bool { FileManager.default.fileExists(atPath: place(of: file)) }
}

extension TimelineForm {
  /// What files of the form are called by.
  fileprivate var fileExtension: String {
    switch self {
    case .table: "txt"
    case .audacity: "audacity.txt"
    case .json, .csv, .vtt, .rttm: rawValue
    }
  }
}
