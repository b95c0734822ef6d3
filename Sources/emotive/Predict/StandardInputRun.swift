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
    if isWhole {
      try answer(skipBad: skipBad) { try raw.map(predict) ?? predict(LiveInput.rest()) }
    } else {
      let (input, bytes) = try LiveInput.open(raw)
      if let input {
        try LiveRun(recognizer: recognizer, settings: settings, form: form).run(input)
      } else {
        try answer(skipBad: skipBad) { try predict(bytes) }
      }
    }
  }

  private func answer(skipBad: Bool, _ predict: () throws -> Prediction) throws {
    let output = try TextOutput(nil)
    let writer = PredictionWriter(form: form, manifest: recognizer.bundle.manifest)
    var leftOut = LeftOut()
    try output.write(writer.header)
    do {
      try output.write(writer.text("-", predict()))
    } catch let error where !(error is Interrupted) {
      try output.write(writer.text("-", error))
      leftOut.add("-", error)
    }
    try leftOut.finish(skipBad: skipBad)
  }

  private func predict(_ bytes: Data) throws -> Prediction {
    try recognizer.predict(data: bytes, name: LiveInput.name)
  }

  /// Decodes raw sound, no more of it than a recording may have.
  private func predict(_ raw: PCMFormat) throws -> Prediction {
    let maximum = recognizer.bundle.manifest.features.maximumDuration
    var waveform = Waveform(samples: [], sampleRate: raw.sampleRate)
    try LiveInput.open(raw).input?.forEachBlock { block in
      waveform.samples += block
      guard waveform.duration <= maximum else {
        throw AudioError.tooLong(LiveInput.name, duration: waveform.duration, maximum: maximum)
      }
    }
    return try recognizer.predict(waveform: waveform, name: LiveInput.name)
  }
}
