import ArgumentParser
import Audio
import Evaluation
import Foundation
import Recognition
import Reporting
import Storage

/// `emotive predict --timeline`: one recording of any length.
struct TimelineRun {
  let recognizer: Recognizer
  let options: TimelineOptions
  let form: TimelineForm
  let output: String?
  let picture: String?
  let workers: Int

  /// - parameter raw: what standard input holds where it has no header.
  func run(_ input: String, raw: PCMFormat?) throws {
    try checkDistinct(output, flag: "--output", from: [input])
    try checkDistinct(picture, flag: "--picture", from: [input])
    let manifest = recognizer.bundle.manifest
    let source = try SoundSource(input, raw: raw)
    let settings = options.settings(for: manifest, duration: source.duration)
    let name = input == "-" ? LiveInput.name : input
    let stream = try TimelineStream(
      recognizer, sampleRate: source.sampleRate, settings: settings, name: name, workers: workers)
    var writer = TimelineWriter(
      form, file: form == .table ? escaped(input) : input, bundle: manifest.name, labels: manifest.labels,
      settings: settings)
    var figure = picture.map { _ in TimelineFigure(labels: manifest.labels) }
    let text = try TextOutput(output)
    // Held back until something follows, so that a recording that fails at once leaves no half of a result.
    var opening = try writer.begin()
    let progress = ProgressBar("timeline", total: source.duration.map { Int($0) }, unit: "s")
    var shown = 0

    func take(_ events: [Timeline.Event]) throws {
      for event in events {
        try text.write(opening + writer.add(event))
        opening = ""
        figure?.add(event)
      }
      progress.advance(by: Int(stream.duration) - shown)
      shown = Int(stream.duration)
    }
    var failure: (any Error)?
    do {
      do {
        try source.forEachBlock { block in
          figure?.add(samples: block)
          try take(stream.add(block))
        }
      } catch let error where error is Interrupted || error is AudioError {
        // What came before is as good as ever.
        failure = error
        guard stream.duration > 0 else { throw error }
      }
      try take(stream.finish())
      try text.write(opening + writer.end(duration: stream.duration, isComplete: failure == nil))
    } catch {
      text.discard()
      throw failure ?? error
    }
    progress.finish()
    try text.finish()
    if let picture {
      try figure?.draw(duration: stream.duration, title: title(name, settings), to: URL(filePath: picture))
    }
    try report(failure, duration: stream.duration)
  }

  private func title(_ name: String, _ settings: TimelineSettings) -> String {
    "\(name), windows of \(plain(settings.window)) s\(settings.dense ? ", dense" : ""), bundle "
      + recognizer.bundle.manifest.name
  }

  /// Says why the timeline ends before the recording does.
  private func report(_ failure: (any Error)?, duration: Double) throws {
    guard let failure else { return }
    let kept = "the timeline of its first \(decimals(duration, 1)) s is \(output.map { "in \($0)" } ?? "above")"
    if failure is Interrupted {
      note("stopped before the end of the recording; \(kept)")
      throw Interrupted.exitCode
    }
    note("\(escaped("\(failure)"))\n\(kept)")
    throw ExitCode(1)
  }
}

extension TimelineFigure {
  fileprivate mutating func add(_ event: Timeline.Event) {
    switch event {
    case .window(let window): add(windowAt: (window.start + window.end) / 2, probabilities: window.probabilities)
    case .segment(let segment): add(segmentFrom: segment.start, to: segment.end, label: segment.label)
    }
  }
}
