import ArgumentParser
import Features
import Torch

/// Spectrogram images of recordings with the default settings; `images` asks for all with two workers, `stages` for
/// the seconds of each stage with one.
struct FeatureImages: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "features")

  @Argument(help: "Recordings.") var files: [String]

  private struct Hello: Encodable {
    let settings: FeatureSettings
    /// Some values of the first image, to see that both sides compute the same.
    let sample: [Float]
  }

  func run() throws {
    Runtime.useThreads(1)
    let extractor = try FeatureExtractor(FeatureSettings())
    let values = try extractor.image(ofFile: files[0]).values
    let sample = stride(from: 0, to: values.count, by: 997).map { values[$0] }
    try answerLines(hello: Hello(settings: extractor.settings, sample: sample)) { line in
      guard line == "stages" else {
        let passing = try seconds { try extractor.images(ofFiles: files, workers: 2) { _ = try $1.get() } }
        return ["seconds": passing]
      }
      var times = StageTimes()
      for file in files { _ = try extractor.image(ofFile: file, times: &times) }
      return [
        "decoding": times.decoding, "fitting": times.fitting, "spectrograms": times.spectrograms,
        "channels": times.channels, "whitening": times.whitening, "scaling": times.scaling,
      ]
    }
  }
}
