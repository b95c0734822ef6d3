import Audio
import Foundation
import Recognition

/// `emotive predict -`: a line for each hop of the sound while it comes, or one answer for all of it.
struct StandardInputRun {
  let recognizer: Recognizer
  let settings: TimelineSettings
  let form: PredictionForm

  /// - parameter raw: what the sound is, where it has no header.
  /// - parameter isWhole: whether the sound is one recording.
  func run(raw: PCMFormat?, isWhole: Bool, skipBad: Bool) throws {
    let opened: Result<(input: LiveInput?, bytes: Data), any Error> = Result {
      try LiveInput.open(raw, limit: byteLimit, isWhole: isWhole)
    }
    if case .failure(let error) = opened, error is Interrupted { throw error }
    if !isWhole, let input = try? opened.get().input {
      return try LiveRun(recognizer: recognizer, settings: settings, form: form).run(input)
    }
    try answer(skipBad: skipBad) {
      let (input, bytes) = try opened.get()
      return try input.map(predict) ?? predict(bytes)
    }
  }

  /// What a recording sounds most like, and its length in seconds where it is known.
  private typealias Answer = (prediction: Prediction, duration: Double?)

  /// What the longest recording may take at 192 kHz, in eight channels of four bytes each.
  private var byteLimit: Int {
    let longest = recognizer.bundle.manifest.features.maximumDuration * 192_000 * 8 * 4
    return Int(min(longest, Double(LiveInput.largest)))
  }

  private func answer(skipBad: Bool, _ predict: () throws -> Answer) throws {
    let output = try TextOutput(nil)
    let writer = PredictionWriter(form: form, manifest: recognizer.bundle.manifest)
    var leftOut = LeftOut()
    try output.write(writer.header)
    do {
      let (prediction, duration) = try predict()
      try output.write(writer.text("-", prediction, duration: duration))
    } catch let error where !(error is Interrupted) {
      try output.write(writer.text("-", error))
      leftOut.add("-", error)
    }
    try leftOut.finish(skipBad: skipBad)
  }

  private func predict(_ bytes: Data) throws -> Answer {
    let prediction = try recognizer.predict(data: bytes, name: LiveInput.name)
    return (prediction, try? SoundFile(bytes, name: LiveInput.name).duration)
  }

  /// Decodes what comes, no more of it than a recording may have.
  private func predict(_ input: LiveInput) throws -> Answer {
    let maximum = recognizer.bundle.manifest.features.maximumDuration
    var waveform = Waveform(samples: [], sampleRate: input.format.sampleRate)
    try input.forEachBlock { block in
      waveform.samples += block
      guard waveform.duration <= maximum else {
        throw AudioError.tooLong(LiveInput.name, duration: waveform.duration, maximum: maximum)
      }
    }
    return (try recognizer.predict(waveform: waveform, name: LiveInput.name), waveform.duration)
  }
}
