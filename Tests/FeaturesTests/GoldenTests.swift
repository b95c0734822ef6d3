import Audio
import Foundation
import Testing
import Torch

@testable import Features

/// Every stage against torchaudio, SciPy and NumPy on six waveforms.
@Suite struct GoldenTests {
  let golden: Golden
  init() throws { golden = try Golden() }

  private func signal(_ wave: Wave) throws -> Signal {
    try Signal(
      wave.waveform(golden), name: wave.rawValue, settings: FeatureSettings(),
      resampler: FourierResampler(count: 100_000))
  }

  private func powers(_ wave: Wave) throws -> [[Double]] {
    let settings = FeatureSettings()
    let bank = try MelBank(melCount: settings.melCount, fftSize: settings.fftSize, rate: settings.melRate)
    let signal = try signal(wave)
    return try settings.resolutions.map { window, hop in
      try MelSpectrogram(fftSize: settings.fftSize, window: window, hop: hop, bank: bank).powers(of: signal)
    }
  }

  @Test(arguments: Wave.allCases) func resampling(_ wave: Wave) throws {
    let resampled = try FourierResampler(count: 100_000).resample(wave.waveform(golden).samples)
    #expect(distance(Golden.sample(resampled), try golden.values("\(wave).resampled")) < 1e-5)
  }

  /// Whole banks other than the default's, at 8 kHz and at an odd rate too.
  @Test(arguments: [(16_000, 512, 40), (22_051, 2_048, 64), (8_000, 1_024, 80)])
  func melBank(_ rate: Int, _ fftSize: Int, _ melCount: Int) throws {
    let binCount = fftSize / 2 + 1
    let file = try WeightFile(path: Golden.folder.appending(path: "melbanks.safetensors").path)
    let places = try #require(file.tensors["\(rate).\(fftSize).\(melCount).places"]).loaded().integers()
    let weights = try #require(file.tensors["\(rate).\(fftSize).\(melCount).weights"]).loaded().doubles()
    var expected = [Double](repeating: 0, count: melCount * binCount)
    for (place, weight) in zip(places, weights) { expected[place] = weight }

    let bank = try MelBank(melCount: melCount, fftSize: fftSize, rate: rate)
    // What fills a filter up to whole vectors may lie up to seven bins beyond the last.
    var found = [Double](repeating: 0, count: melCount * binCount + 7)
    var next = 0
    for mel in 0..<melCount {
      for index in 0..<Int(bank.length[mel]) {
        found[mel * binCount + Int(bank.first[mel]) + index] += bank.weights[next]
        next += 1
      }
    }
    #expect(next == bank.weights.count)
    // Equal to the bit where this was written; processors' powers of ten may differ by a float32's last bit or two.
    #expect(distance(found, expected + [Double](repeating: 0, count: 7)) < 1e-5)
  }

  @Test(arguments: Wave.allCases) func mel(_ wave: Wave) throws {
    for (index, powers) in try powers(wave).enumerated() {
      let expected = try golden.values("\(wave).mel\(index)")
      // Relative to each value, however small; below 1e-9, a thousandth of the logarithm's floor, nothing can be seen.
      #expect(relativeDistance(Golden.sample(powers), expected, least: 1e-9) < 1e-4)
    }
  }

  @Test(arguments: Wave.allCases) func cepstrum(_ wave: Wave) throws {
    let cepstrum = try Cepstrum(count: 128)
    let coefficients = try cepstrum.coefficients(of: powers(wave)[0])
    for (name, values) in [("mfcc", coefficients), ("delta", cepstrum.deltas(of: coefficients))] {
      let frames = values.count / 128
      let turned = (0..<values.count).map { values[$0 % frames * 128 + $0 / frames] }
      let (found, expected) = (Golden.sample(turned), try golden.values("\(wave).\(name)"))
      // The last two are sums over all values.
      #expect(distance(found.dropLast(2), expected.dropLast(2)) < 1e-3, "\(name)")
      #expect(relativeDistance(found.suffix(2), expected.suffix(2), least: 1) < 1e-3, "\(name)")
    }
  }

  @Test(arguments: Wave.allCases) func whitening(_ wave: Wave) throws {
    let extractor = try FeatureExtractor(FeatureSettings { $0.inputScale = .none })
    let image = try extractor.image(of: wave.waveform(golden), name: wave.rawValue)
    for index in 0..<3 {
      let expected = try golden.values("\(wave).zca\(index)")
      let values = image.channel(index).map(Double.init)
      let largest = values.map(abs).max() ?? 0
      #expect(distance(Golden.sample(values).dropLast(2), expected.dropLast(2)) < 1e-4 * largest)
      #expect(relativeDistance(Golden.sample(values).suffix(1), expected.suffix(1), least: 1) < 1e-4)
    }
  }

  private func check(_ settings: FeatureSettings, _ waveform: Waveform, _ name: String) throws {
    let image = try FeatureExtractor(settings).image(of: waveform, name: name)
    let found = Golden.sample(image.values.map(Double.init))
    let expected = try golden.values(name)
    #expect(distance(found.dropLast(2), expected.dropLast(2)) < 1e-3, "\(name)")
    #expect(relativeDistance(found.suffix(1), expected.suffix(1), least: 1) < 1e-3, "\(name)")
  }

  @Test(arguments: Wave.allCases) func image(_ wave: Wave) throws {
    try check(FeatureSettings(), wave.waveform(golden), "\(wave).image")
    try check(FeatureSettings { $0.representation = .mfcc }, wave.waveform(golden), "\(wave).mfcc-image")
  }

  @Test(arguments: Variant.allCases) func variant(_ variant: Variant) throws {
    var speech = golden.speech
    // Taken for 32,000 Hz, so that only the padding is compared; soxr has its own tests.
    if variant == .pad { speech.sampleRate = 32_000 }
    try check(variant.settings, speech, "variant.\(variant.rawValue)")
  }
}

/// One setting changed.
enum Variant: String, CaseIterable {
  case noWhitening = "no-whitening"
  case noScale = "no-scale"
  case imageNet = "imagenet"
  case absoluteFloor = "absolute-floor"
  case lowFloor = "low-floor"
  case logFirst = "log-first"
  case literal, pad

  var settings: FeatureSettings {
    FeatureSettings {
      switch self {
      case .noWhitening: $0.whitening = .none
      case .noScale: ($0.whitening, $0.inputScale) = (.none, .none)
      case .imageNet: ($0.whitening, $0.inputScale) = (.none, .imageNet)
      case .absoluteFloor: ($0.zcaEpsilon, $0.zcaEpsilonIsAbsolute) = (0.5, true)
      case .lowFloor: $0.zcaEpsilon = 1e-4
      case .logFirst: $0.logOrder = .logFirst
      case .literal: $0.windowHopOrder = .literal
      case .pad: $0.fit = .pad
      }
    }
  }
}
