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
  let workers: Int

  /// - Parameters:
  ///   - input: the recording; - is standard input.
  ///   - raw: what standard input holds where it has no header.
  ///   - output: the file for the timeline; nil for standard output.
  ///   - picture: the file for its picture; nil for none.
  func run(_ input: String, raw: PCMFormat?, output: String?, picture: String?) throws {
    try checkDistinct(output, flag: "--output", from: [input])
    try checkDistinct(picture, flag: "--picture", from: [input])
    let source = try SoundSource(input, raw: raw)
    let name = input == "-" ? LiveInput.name : input
    var figure = picture.map { _ in TimelineFigure(labels: recognizer.bundle.manifest.labels) }
    let progress = ProgressBar("timeline", total: source.duration.map { Int($0) }, unit: "s")
    var shown = 0
    let (duration, failure) = try write(source, of: input, to: output, figure: &figure) { seconds in
      progress.advance(by: Int(seconds) - shown)
      shown = Int(seconds)
    }
    progress.finish()
    if let picture {
      let title = title(name, settings(for: source))
      try figure?.draw(duration: duration, title: title, to: URL(filePath: picture))
    }
    try report(failure, duration: duration, in: output)
  }

  /// Writes the timeline of a whole recording into a file.
  ///
  /// - throws: what ends it before the recording's end; then there is no file.
  func write(_ source: SoundSource, of input: String, to output: String) throws {
    var none: TimelineFigure?
    _ = try write(source, of: input, to: output, figure: &none, isWhole: true) { _ in }
  }

  /// - Parameters:
  ///   - isWhole: whether what ends the recording early leaves nothing, instead of the timeline of what came before.
  ///   - advance: called with the seconds of sound that have been gone through.
  /// - returns: the seconds of sound, and what ended it before the recording's end.
  private func write(
    _ source: SoundSource, of input: String, to output: String?, figure: inout TimelineFigure?, isWhole: Bool = false,
    advance: (Double) -> Void
  ) throws -> (duration: Double, failure: (any Error)?) {
    let manifest = recognizer.bundle.manifest
    let settings = settings(for: source)
    let stream = try TimelineStream(
      recognizer, sampleRate: source.sampleRate, settings: settings, name: input == "-" ? LiveInput.name : input,
      workers: workers)
    var writer = TimelineWriter(
      form, file: form == .table ? escaped(input) : input, bundle: manifest.name, labels: manifest.labels,
      settings: settings)
    let text = try TextOutput(output)
    // Held back until something follows, so that a recording that fails at once leaves no half of a result.
    var opening = try writer.begin()

    func take(_ events: [Timeline.Event]) throws {
      for event in events {
        try text.write(opening + writer.add(event))
        opening = ""
        figure?.add(event)
      }
      advance(stream.duration)
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
        guard !isWhole, stream.duration > 0 else { throw error }
      }
      try take(stream.finish())
      try text.write(opening + writer.end(duration: stream.duration, isComplete: failure == nil))
    } catch {
      text.discard()
      throw failure ?? error
    }
    try text.finish()
    return (stream.duration, failure)
  }

  private func settings(for source: SoundSource) -> TimelineSettings {
    options.settings(for: recognizer.bundle.manifest, duration: source.duration)
  }

  private func title(_ name: String, _ settings: TimelineSettings) -> String {
    "\(name), windows of \(plain(settings.window)) s\(settings.dense ? ", dense" : ""), bundle "
      + recognizer.bundle.manifest.name
  }

  /// Says why the timeline ends before the recording does.
  private func report(_ failure: (any Error)?, duration: Double, in output: String?) throws {
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
