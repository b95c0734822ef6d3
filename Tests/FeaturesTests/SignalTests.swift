import Audio
import Foundation
import Testing
import Torch

@testable import Features

@Suite struct SignalTests {
  private func error(_ samples: [Float], _ settings: FeatureSettings = .init()) -> AudioError? {
    do {
      _ = try FeatureExtractor(settings).image(of: Waveform(samples: samples, sampleRate: 16_000), name: "a.wav")
    } catch {
      return error as? AudioError
    }
    return nil
  }

  @Test(arguments: FeatureSettings.Fit.allCases) func unusable(_ fit: FeatureSettings.Fit) {
    let settings = FeatureSettings { $0.fit = fit }
    #expect(error([], settings) == .noSamples("a.wav"))
    #expect(error(.init(repeating: 0, count: 16_000), settings) == .silent("a.wav"))
    #expect(error(.init(repeating: 1e-9, count: 16_000), settings) == .silent("a.wav"))
    for bad in [Float.nan, .infinity] {
      var samples = Wave.noise(16_000).map { Float($0) }
      samples[7_000] = bad
      #expect(error(samples, settings) == .notFinite("a.wav"))
    }
  }

  @Test func aConstantIsSilent() {
    #expect(error(.init(repeating: 0.5, count: 16_001)) == .silent("a.wav"))
    #expect(error([1]) == .silent("a.wav"))
  }

  /// What the crop leaves is what counts.
  @Test func silentMiddle() {
    var samples = [Float](repeating: 0, count: 400_000)
    samples[100] = 1
    #expect(
      error(samples, FeatureSettings { ($0.fit, $0.padRate) = (.pad, 16_000) }) == .silent("a.wav"))
  }

  @Test(arguments: [2, 3, 17, 800, 1_201, 65_537, 99_999, 100_001, 131_072, 1_000_003])
  func anyLength(_ count: Int) throws {
    let waveform = Waveform(samples: Wave.noise(count).map { Float($0) }, sampleRate: 16_000)
    for fit in FeatureSettings.Fit.allCases {
      let image = try FeatureExtractor(FeatureSettings { $0.fit = fit }).image(of: waveform, name: "noise")
      #expect(image.values.count == 3 * 128 * 256)
      #expect(image.values.allSatisfy { $0.isFinite })
    }
  }

  @Test func isStandardized() throws {
    let samples = Wave.noise(5_003).map { Float($0 * 1e-3 + 0.4) }
    let signal = try Signal(
      Waveform(samples: samples, sampleRate: 8_000), name: "a", settings: FeatureSettings(),
      resampler: FourierResampler(count: 100_000))
    #expect(signal.count == 100_000)
    let values = Array(signal.extended[2048..<102_048])
    #expect(abs(values.reduce(0, +)) < 1e-5)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 100_000 - 1) < 1e-9)
    // Reflected at both ends, without the end itself.
    #expect(Array(signal.extended[..<2048]) == values[1...2048].reversed())
    #expect(Array(signal.extended[102_048..<104_096]) == values[97_951..<99_999].reversed())
  }

  @Test func centring() {
    let samples = [1.0, 2, 3, 4, 5]
    #expect(Signal.centred(samples, 5) == samples)
    #expect(Signal.centred(samples, 3) == [2, 3, 4])
    #expect(Signal.centred(samples, 2) == [2, 3])
    #expect(Signal.centred(samples, 7) == [0, 1, 2, 3, 4, 5, 0])
    #expect(Signal.centred(samples, 8) == [0, 1, 2, 3, 4, 5, 0, 0])
    #expect(Signal.centred([], 2) == [0, 0])
  }

  /// Whole periods are resampled without any error but rounding, whatever the two lengths.
  @Test(arguments: [(1_009, 1_000), (997, 1_013), (1_000, 2_000), (118_213, 100_000), (40_009, 100_000)])
  func wholePeriods(_ from: Int, _ to: Int) throws {
    func wave(_ count: Int) -> [Double] {
      (0..<count).map { 0.3 + 0.5 * cos(2 * .pi * 13 * Double($0) / Double(count) + 0.7) }
    }
    let resampled = try FourierResampler(count: to).resample(wave(from).map { Float($0) })
    #expect(distance(resampled, wave(to)) < 3e-7)
  }

  /// A length whose transform is a product of small factors, and one that is not; up and down. The results' transforms
  /// have `count` / 16 rows: 2 * 5^5, without the radices 3 and 8, then 2 * 3 * 5^3 * 8, then 3 * 5^3 * 8.
  @Test(arguments: [1_024, 40_009, 118_213, 120_000, 300_007], [100_000, 96_000, 48_000])
  func bothWaysAgree(_ length: Int, _ count: Int) throws {
    let samples = Wave.noise(length).map { Float($0) }
    let gridded = try FourierResampler(count: count).resample(samples)
    #expect(distance(gridded, try FourierResampler(count: count).transformed(samples)) < 1e-9)
  }

  @Test func sameLengthIsUntouched() throws {
    let samples = Wave.noise(1_000).map { Float($0) }
    #expect(try FourierResampler(count: 1_000).resample(samples) == samples.map { Double($0) })
  }

  @Test func slopesOfALine() throws {
    var values: [Double] = []
    for frame in 0..<10 { values += [3 * Double(frame), -Double(frame), 5, 0] }
    let deltas = try Cepstrum(count: 4).deltas(of: values)
    for frame in 2..<8 { #expect(distance(deltas[4 * frame..<4 * frame + 4], [3, -1, 0, 0]) < 1e-12) }
    // At the first frame the two before it are repeats: (2 * 6 + 3) / 10.
    #expect(distance(deltas[0..<4], [1.5, -0.5, 0, 0]) < 1e-12)
  }

  /// Other sizes than the default's, against the definition.
  @Test(arguments: [(512, 400, 160), (1024, 256, 2_000), (2048, 701, 333), (8192, 8192, 4096)])
  func powersByDefinition(_ fftSize: Int, _ window: Int, _ hop: Int) throws {
    let settings = FeatureSettings { ($0.fftSize, $0.sampleCount) = (fftSize, 9_000) }
    let waveform = Waveform(samples: Wave.noise(9_000).map { Float($0) }, sampleRate: 16_000)
    let signal = try Signal(waveform, name: "a", settings: settings, resampler: FourierResampler(count: 9_000))
    let bank = try MelBank(melCount: 20, fftSize: fftSize, rate: 16_000)
    let powers = try MelSpectrogram(fftSize: fftSize, window: window, hop: hop, bank: bank).powers(of: signal)
    #expect(powers.count == (1 + 9_000 / hop) * 20)

    // The narrowest filter of the last frame.
    let frame = powers.count / 20 - 1
    let shape = try Tensor.hannWindow(window).doubles()
    let start = frame * hop + (fftSize - window) / 2
    var expected = 0.0
    for (index, weight) in bank.weights[..<Int(bank.length[0])].enumerated() where weight > 0 {
      var (real, imaginary) = (0.0, 0.0)
      for place in 0..<window {
        let angle = 2 * .pi * Double(place * (Int(bank.first[0]) + index)) / Double(fftSize)
        real += signal.extended[start + place] * shape[place] * cos(angle)
        imaginary += signal.extended[start + place] * shape[place] * sin(angle)
      }
      expected += weight * (real * real + imaginary * imaginary)
    }
    #expect(abs(powers[frame * 20] - expected) < 1e-9 * max(expected, 1))
  }

  @Test("Frames that an image does not show are not computed; those that it shows are what they were")
  func shownFrames() throws {
    let settings = FeatureSettings { ($0.fftSize, $0.sampleCount) = (512, 9_000) }
    let waveform = Waveform(samples: Wave.noise(9_000).map { Float($0) }, sampleRate: 16_000)
    let signal = try Signal(waveform, name: "a", settings: settings, resampler: FourierResampler(count: 9_000))
    let bank = try MelBank(melCount: 20, fftSize: 512, rate: 16_000)
    let spectrogram = try MelSpectrogram(fftSize: 512, window: 400, hop: 160, bank: bank)
    let all = try spectrogram.powers(of: signal)
    // 57 frames. For 10 of them the places are 5.7 i + 2.35, between two frames each; a wider image shows all.
    let shown = try spectrogram.powers(of: signal, shownIn: 10)
    let left = (0..<10).map { image in Int(5.7 * Double(image) + 2.35) }
    let expected = Set(left + left.map { $0 + 1 })
    for (index, power) in shown.enumerated() {
      let value = expected.contains(index / 20) ? all[index] : 0
      #expect(abs(power - value) <= 1e-12 * value, "frame \(index / 20)")
    }
    let wide = try spectrogram.powers(of: signal, shownIn: 100)
    #expect(zip(wide, all).allSatisfy { abs($0 - $1) <= 1e-12 * $1 })
  }
}
