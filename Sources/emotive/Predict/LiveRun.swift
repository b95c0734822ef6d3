import ArgumentParser
import Audio
import Evaluation
import Foundation
import Recognition
import Storage

/// `emotive predict -`: a line for each hop of the sound, while it comes.
struct LiveRun {
  let recognizer: Recognizer
  let settings: TimelineSettings
  let form: PredictionForm

  func run(_ sound: LiveInput) throws {
    let output = try TextOutput(nil)
    let stream = try TimelineStream(
      recognizer, sampleRate: sound.format.sampleRate, settings: settings, alignment: .trailing, name: LiveInput.name)
    let manifest = recognizer.bundle.manifest
    let labels = manifest.labels
    var table = TimelineWriter(
      .csv, file: LiveInput.name, bundle: manifest.name, labels: labels, settings: settings)
    if form == .csv { try output.write(table.begin()) }
    func take(_ events: [Timeline.Event]) throws {
      for event in events {
        guard case .window(let window) = event else { continue }
        try output.write(form == .csv ? table.add(event) : line(window, labels))
      }
    }
    let isEnough = { stream.duration >= manifest.features.minimumDuration }
    var failure: AudioError?
    do {
      try sound.forEachBlock { try take(stream.add($0)) }
    } catch is Interrupted {
      // The only way to end an endless stream is no failure; what came of the last hop is still shown.
      guard isEnough() else { return }
    } catch let error as AudioError {
      // What came before is as good as ever.
      guard isEnough() else { throw error }
      failure = error
    }
    try take(stream.finish())
    if let failure { throw failure }
  }

  private func line(_ window: Timeline.Window, _ labels: [String]) throws -> String {
    if form == .json {
      let line = Line(
        start: window.start, end: window.end, level: window.level, label: window.label,
        probabilities: window.probabilities.map { Dictionary(uniqueKeysWithValues: zip(labels, $0)) },
        bundle: recognizer.bundle.manifest.name)
      return try JSON.text(line) + "\n"
    }
    let times = "\(aligned(window.start)) to \(aligned(window.end)) s"
    guard let label = window.label, let top = window.probabilities?.max() else { return "\(times)  silence\n" }
    let width = labels.map(\.count).max() ?? 0
    let name = label + String(repeating: " ", count: max(0, width - label.count))
    return "\(times)  \(name)  \(decimals(top))  \(String(repeating: "█", count: Int((top * 30).rounded())))\n"
  }

  private func aligned(_ seconds: Double) -> String { String(format: "%7.1f", seconds) }

  private struct Line: Encodable {
    let start: Double
    let end: Double
    let level: Double
    let label: String?
    let probabilities: [String: Double]?
    let bundle: String
  }
}
