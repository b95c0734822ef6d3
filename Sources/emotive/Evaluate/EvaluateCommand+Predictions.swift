import Corpora
import Evaluation
import Features
import Foundation
import Recognition
import Reporting

extension EvaluateCommand {
  /// What a recognizer says of labelled recordings, and with `--adapt` what it said of them before; those that it cannot
  /// judge are reported.
  func predictions(
    of recordings: [Recording], _ recognizer: Recognizer, _ progress: ProgressBar, _ leftOut: inout LeftOut
  ) throws -> MergedRuns.Answers {
    let manifest = recognizer.bundle.manifest
    let known = recordings.filter { manifest.labels.contains($0.label) }
    for recording in recordings where !manifest.labels.contains(recording.label) {
      leftOut.add(recording.path, reason: "its label \"\(recording.label)\" is not one of the bundle's")
      progress.advance()
    }
    let answers =
      try adapt.map { try self.answers(to: known, adapting: $0, recognizer, progress, &leftOut) }
      ?? self.answers(to: known, recognizer, progress, &leftOut)
    func predictions(_ logits: [[[Double]]]) throws -> Predictions {
      try Predictions(
        files: answers.map(\.recording.path),
        truth: answers.map { manifest.labels.firstIndex(of: $0.recording.label) ?? 0 },
        speakers: answers.map(\.recording.speaker),
        logits: manifest.members.indices.map { member in logits.map { $0[member] } },
        temperature: manifest.temperature)
    }
    let unadapted = answers.compactMap(\.unadapted)
    return (try predictions(answers.map(\.logits)), adapt == nil ? nil : try predictions(unadapted))
  }

  private typealias Answer = (recording: Recording, logits: [[Double]], unadapted: [[Double]]?)

  private func answers(
    to recordings: [Recording], _ recognizer: Recognizer, _ progress: ProgressBar, _ leftOut: inout LeftOut
  ) throws -> [Answer] {
    var answers: [Answer] = []
    try recognizer.predict(files: recordings.map(\.path), workers: jobs) { index, result in
      switch result {
      case .success(let prediction): answers.append((recordings[index], prediction.logits, nil))
      case .failure(let error): leftOut.add(recordings[index].path, error)
      }
      progress.advance()
    }
    return answers
  }

  private func answers(
    to recordings: [Recording], adapting adaptation: Adaptation, _ recognizer: Recognizer, _ progress: ProgressBar,
    _ leftOut: inout LeftOut
  ) throws -> [Answer] {
    var answers: [Answer] = []
    for (adaptedTo, judged) in try adaptation.speakers(of: recordings, seed: seed) {
      let files = Set((adaptedTo + judged).map(\.path)).sorted()
      let images = try recognizer.images(of: files, jobs: jobs, &leftOut)
      let known = adaptedTo.compactMap { images[$0.path] }
      guard !known.isEmpty else {
        throw Failure(
          "--adapt: none of the recordings of \(adaptedTo[0].speaker ?? "") to adapt to gave an image; see above")
      }
      let adapted = try recognizer.adapted(to: known)
      let pairs = judged.compactMap { recording in images[recording.path].map { (recording, $0) } }
      for start in stride(from: 0, to: pairs.count, by: recognizer.batchSize) {
        let batch = pairs[start..<min(start + recognizer.batchSize, pairs.count)]
        let after = try adapted.predict(images: batch.map(\.1))
        let before = try recognizer.predict(images: batch.map(\.1))
        answers += batch.indices.map { place in
          (batch[place].0, after[place - start].logits, before[place - start].logits)
        }
      }
      for _ in files { progress.advance() }
    }
    return answers
  }
}

extension Recognizer {
  /// The images of the files that give one, by path; the others are reported.
  fileprivate func images(
    of files: [String], jobs: Int, _ leftOut: inout LeftOut
  ) throws -> [String: SpectrogramImage] {
    var images: [String: SpectrogramImage] = [:]
    try self.images(ofFiles: files, workers: jobs) { index, result in
      switch result {
      case .success(let image): images[files[index]] = image
      case .failure(let error): leftOut.add(files[index], error)
      }
    }
    return images
  }
}
