import Audio
import Evaluation
import Features
import Foundation

/// Draws a report's pictures into its `figures` folder.
struct ReportFigures {
  /// Where the pictures lie.
  let folder: URL

  /// The curves of several runs, a line for each, in as many pictures as there must be for each to have a colour.
  func curves(_ runs: [RunReport], name: String, title: String, caption: String) throws -> [Document.Picture] {
    let curves = runs.filter { $0.trainings.contains { !$0.epochs.isEmpty } }.map { run in
      let ending = run.state == .finished ? "" : " (\(run.state.text))"
      return Figure.Curve(run.title + ending, meanOf: run.trainings.map(\.epochs))
    }
    let colours = Figure.curveColours.count
    return try stride(from: 0, to: curves.count, by: colours).compactMap { start in
      try draw(
        Array(curves[start..<min(start + colours, curves.count)]), name: start == 0 ? name : "\(name)-\(start + 1)",
        title: title, caption: caption)
    }
  }

  /// The curves of one run: a line for each of its trainings as far as colours go, else for each of its splits, else one.
  func curves(_ run: RunReport, name: String, title: String, caption: String) throws -> Document.Picture? {
    let trainings = run.trainings.filter { !$0.epochs.isEmpty }
    let splits = Dictionary(grouping: trainings, by: \.split)
    let names = trainings.map(\.split).distinct
    let curves =
      if trainings.count <= Figure.curveColours.count {
        trainings.map { training in
          let isOnly = splits[training.split]?.count == 1
          return Figure.Curve(
            isOnly ? training.split : "\(training.split), member \(training.member)", meanOf: [training.epochs])
        }
      } else if names.count <= Figure.curveColours.count {
        names.map { Figure.Curve("\($0), mean of its members", meanOf: (splits[$0] ?? []).map(\.epochs)) }
      } else {
        [Figure.Curve("mean of \(trainings.count) trainings", meanOf: trainings.map(\.epochs))]
      }
    return try draw(curves, name: name, title: title, caption: caption)
  }

  /// A reliability diagram before and after the temperature.
  func reliability(_ calibration: TemperatureScaling, name: String, title: String) throws -> Document.Picture {
    let file = "\(name)-reliability.svg"
    try Figure.reliability(calibration, title: title, to: folder.appending(path: file))
    return Document.Picture(
      file: file, description: "Reliability diagram: \(title)",
      caption:
        "Reliability of \(title): the share of right answers at each confidence, and the number of recordings there.")
  }

  private func draw(
    _ curves: [Figure.Curve], name: String, title: String, caption: String
  ) throws -> Document.Picture? {
    guard !curves.isEmpty else { return nil }
    let file = "\(name)-curves.svg"
    try Figure.curves(curves, title: title, to: folder.appending(path: file))
    return Document.Picture(
      file: file, description: "Curves of accuracy and loss over the epochs: \(title)", caption: caption)
  }

  /// A confusion matrix, small enough for two side by side.
  func confusion(_ confusion: ConfusionMatrix, name: String, title: String) throws -> Document.Picture {
    let file = "\(name)-confusion.svg"
    try Figure.confusionMatrix(confusion, title: title, isSmall: true, to: folder.appending(path: file))
    return Document.Picture(
      file: file, description: "Confusion matrix: \(title)",
      caption: "\(title): numbers of recordings and percentages of the true class.")
  }

  /// The spectrogram of a recording that networks found hard, where its file is still there.
  func spectrogram(
    _ recording: HardRecording, features: FeatureSettings?, name: String, ending: String
  ) throws -> Document.Picture {
    let answer = recording.predicted == recording.label ? "told rightly" : "taken for \(recording.predicted)"
    let votes = recording.answers == 1 ? "" : " in \(recording.agreeing) of \(recording.answers) answers"
    let caption =
      "\(recording.file)\(ending): \(recording.label), \(answer)\(votes); loss \(decimals(recording.loss, 2)) nats"
    var picture = Document.Picture(
      description: "Spectrogram of \(recording.file)", caption: caption, isSmall: true)
    guard FileManager.default.fileExists(atPath: recording.path) else {
      picture.caption += ". The recording is not on the machine that made this report"
      return picture
    }
    let file = "\(name).png"
    do {
      try spectrogram(of: recording.path, features ?? FeatureSettings(), to: folder.appending(path: file))
      picture.file = file
    } catch let error as FigureError {
      throw error
    } catch {
      picture.caption += ". It cannot be drawn: \(error)"
    }
    return picture
  }

  private func spectrogram(of path: String, _ features: FeatureSettings, to destination: URL) throws {
    var settings = features
    // Power as it sounds: what whitening leaves cannot be read by eye.
    (settings.whitening, settings.inputScale, settings.representation) = (.none, .none, .spectrograms)
    let waveform = try AudioFile.read(path, limits: settings.limits)
    let image = try FeatureExtractor(settings).image(of: waveform, name: path)
    let shown = settings.shownSeconds(ofDuration: waveform.duration)
    try Figure.smallSpectrogram(
      Array(image.channel(0)), melCount: image.melCount, frameCount: image.frameCount, duration: shown,
      rates: (Double(settings.melRate), Double(settings.sampleCount) / shown), to: destination)
  }
}
