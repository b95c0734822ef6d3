import Audio
import Foundation
import Recognition

/// What the library is used for, once each: a file, a buffer, a timeline, a voice to get used to, a stream.
///
///     swift run listen speech.wav [BUNDLE]
@main
struct Listen {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard let file = arguments.first else {
      FileHandle.standardError.write(Data("usage: listen FILE [BUNDLE]\n".utf8))
      exit(64)
    }
    do {
      try listen(to: file, bundle: arguments.dropFirst().first)
    } catch {
      FileHandle.standardError.write(Data("listen: \(error)\n".utf8))
      exit(1)
    }
  }

  static func listen(to file: String, bundle: String?) throws {
    let folder = try bundle.map { URL(filePath: $0) } ?? ModelBundle.shipped()
    let recognizer = try Recognizer(ModelBundle(directory: folder))
    let labels = recognizer.bundle.manifest.labels

    // A file, of any format that libsndfile reads.
    let prediction = try recognizer.predict(file: file)
    print("as a whole: \(prediction.label)")
    for (label, probability) in zip(labels, prediction.probabilities) where probability > 0.1 {
      print("  \(label) \(percent(probability))")
    }

    // A buffer: here the file's first two seconds.
    let waveform = try AudioFile.read(file)
    let start = Waveform(
      samples: Array(waveform.samples.prefix(2 * waveform.sampleRate)), sampleRate: waveform.sampleRate)
    print("its first two seconds: \(try recognizer.predict(waveform: start).label)")

    // How it goes through a recording, however long.
    let timeline = try recognizer.timeline(file: file)
    for segment in timeline.segments {
      print("from \(segment.start) s to \(segment.end) s: \(segment.label) \(percent(segment.probability))")
    }

    // The same by networks that have got used to the voice, here from this very recording; no label is needed.
    let accustomed = try recognizer.adapted(to: recognizer.imagesToAdapt(toFile: file))
    print("used to the voice: \(try accustomed.predict(file: file).label)")

    // Sound while it comes: the samples stand for those of a microphone, a tenth of a second at a time.
    let stream = try TimelineStream(recognizer, sampleRate: waveform.sampleRate, alignment: .trailing)
    func show(_ events: [Timeline.Event]) {
      for case .window(let window) in events { print("at \(window.end) s: \(window.label ?? "silence")") }
    }
    let chunk = waveform.sampleRate / 10
    for begin in stride(from: 0, to: waveform.samples.count, by: chunk) {
      show(try stream.add(Array(waveform.samples[begin..<min(begin + chunk, waveform.samples.count)])))
    }
    // What came since the last hop.
    show(try stream.finish())
  }

  static func percent(_ value: Double) -> String { "\(Int((100 * value).rounded()))%" }
}
