import Audio
import Corpora
import Evaluation
import Features
import Foundation
import Networks
import Torch

@testable import Recognition

/// A new folder for one test, removed when the test is over.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
}

/// Settings of images so small that a debug build makes them in no time.
func smallFeatures(_ change: (inout FeatureSettings) -> Void = { _ in }) -> FeatureSettings {
  var settings = FeatureSettings()
  settings.sampleCount = 8_000
  (settings.fftSize, settings.windows, settings.hops) = (512, [128, 256, 512], [32, 64, 128])
  (settings.melCount, settings.frameCount) = (32, 48)
  change(&settings)
  return settings
}

/// Writes a bundle of two networks with random weights.
@MainActor func writeBundle(
  to directory: URL, features: FeatureSettings = smallFeatures(), temperature: Double = 1.5,
  weightFormat: WeightFormat = .float16, recordings: [Recording] = [], figures: [EvaluationResult] = [],
  networks: [Architecture] = [.squeezenet1_1, .resnet18]
) throws -> URL {
  try Runtime.seed(4)
  let settings = RunSettings(networks: networks, weights: "none")
  try ModelBundle.write(
    to: directory, name: "test", labels: ["a", "b", "c"], features: features, whitening: nil,
    members: networks.map { try Network($0, classCount: 3) },
    weightFormat: weightFormat, temperature: temperature,
    temperatureSource: "a test",
    provenance: .init(
      run: RunRecord(command: [], settings: settings, corpora: [], sources: []), trainedOn: "nothing", speakers: [],
      figures: figures, licences: []),
    recordings: recordings)
  return directory
}

/// Noise whose colour changes all the time, silent in some parts, which are given in seconds.
func babble(seconds: Double, rate: Int, silent: [Range<Double>] = []) -> Waveform {
  var state: UInt32 = 7
  var low: Float = 0
  let samples = (0..<Int(seconds * Double(rate))).map { index -> Float in
    state = state &* 1_664_525 &+ 1_013_904_223
    let time = Double(index) / Double(rate)
    let share = Float(0.5 + 0.5 * sin(time))
    low += share * (Float(Int32(bitPattern: state) >> 16) / 65_536 - low)
    return silent.contains { $0.contains(time) } ? 0 : low
  }
  return Waveform(samples: samples, sampleRate: rate)
}
