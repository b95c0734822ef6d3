import Audio
import CFeatures
import Foundation
import Testing
import Torch

@testable import Features

@Suite struct WhiteningTests {
  let mels = 24
  let frames = 64

  /// Images of correlated noise.
  private func images(_ count: Int) -> [SpectrogramImage] {
    (0..<count).map { index in
      var values = Wave.noise(3 * mels * frames, seed: UInt32(index + 1))
      for place in frames..<values.count { values[place] += 0.8 * values[place - frames] }
      return SpectrogramImage(values: values.map { Float($0 + 3) }, melCount: mels, frameCount: frames)
    }
  }

  private func settings(_ whitening: FeatureSettings.Whitening, epsilon: Double) -> FeatureSettings {
    FeatureSettings {
      ($0.whitening, $0.zcaEpsilon, $0.melCount, $0.frameCount) = (whitening, epsilon, mels, frames)
    }
  }

  /// The covariance (mel, mel) of all frames of one channel.
  private func covariance(_ rows: [[Double]]) -> [Double] {
    let centred = rows.map { row in row.map { $0 - row.reduce(0, +) / Double(row.count) } }
    return centred.flatMap { a in
      centred.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count - 1) }
    }
  }

  private var identity: [Double] { (0..<mels * mels).map { $0 % (mels + 1) == 0 ? 1 : 0 } }

  private func channels(_ image: SpectrogramImage) -> [[Double]] {
    (0..<3).map { image.channel($0).map { Double($0) } }
  }

  private func rows(_ channel: [Double]) -> [[Double]] {
    (0..<mels).map { Array(channel[$0 * frames..<($0 + 1) * frames]) }
  }

  @Test func perSpectrogramGivesIdentity() throws {
    let settings = settings(.perSpectrogram, epsilon: 1e-6)
    let image = images(1)[0]
    var values = channels(image)
    try Whitening(settings, trained: nil).apply(to: &values, settings: settings)
    for channel in values { #expect(distance(covariance(rows(channel)), identity) < 1e-9) }
    // Mahalanobis whitening turns nothing: each whitened bin stays correlated with its own.
    for (channel, original) in zip(values, channels(image)) {
      for (white, plain) in zip(rows(channel), rows(original)) {
        let mean = plain.reduce(0, +) / Double(frames)
        #expect(zip(white, plain).reduce(0) { $0 + $1.0 * ($1.1 - mean) } > 0)
      }
    }
  }

  /// The few eigenvectors that are computed by default against all of them by libtorch.
  @Test(arguments: [0.3, 0.1, 0.03]) func partialDecomposition(_ epsilon: Double) throws {
    let settings = FeatureSettings { $0.zcaEpsilon = epsilon }
    var values = Wave.noise(128 * 256)
    for place in 256..<values.count { values[place] += 0.9 * values[place - 256] }
    var partial = values
    #expect(cf_whiten(&partial, 128, 256, epsilon, 0) == 0)
    let tensor = try Tensor(values, shape: [1, 128, 256])
    let centred = try tensor - tensor.mean(2, keepingDimension: true)
    let covariance = try centred.matmul(centred.permuted([0, 2, 1])).scaled(by: 1 / 255)
    let full = try Whitening.inverseRoot(covariance, settings: settings).matmul(centred).doubles()
    #expect(distance(partial, full) < 1e-9)
  }

  @Test func trainingSetGivesIdentityOnItsOwnData() throws {
    let settings = settings(.trainingSet, epsilon: 1e-6)
    let images = images(5)
    let fitted = try TrainingSetWhitening.fit(images, settings: settings)
    let whitening = try Whitening(settings, trained: fitted)
    var joined = [[[Double]]](repeating: .init(repeating: [], count: mels), count: 3)
    for image in images {
      var values = channels(image)
      try whitening.apply(to: &values, settings: settings)
      for channel in 0..<3 {
        for (mel, row) in rows(values[channel]).enumerated() { joined[channel][mel] += row }
      }
    }
    for channel in joined {
      #expect(distance(covariance(channel), identity) < 1e-6)
      #expect(channel.allSatisfy { abs($0.reduce(0, +)) < 1e-6 })
    }
  }

  @Test func fittedWhiteningIsStored() throws {
    let settings = settings(.trainingSet, epsilon: 0.01)
    let fitted = try TrainingSetWhitening.fit(images(2), settings: settings)
    let restored = try JSONDecoder().decode(TrainingSetWhitening.self, from: JSONEncoder().encode(fitted))
    #expect(restored.fingerprint == fitted.fingerprint)
    #expect(fitted.fingerprint.count == 16)
    #expect(try TrainingSetWhitening.fit(images(3), settings: settings).fingerprint != fitted.fingerprint)
    let waveform = Waveform(samples: Wave.noise(9_000).map { Float($0) }, sampleRate: 16_000)
    let one = try FeatureExtractor(settings, whitening: fitted).image(of: waveform, name: "a")
    #expect(try FeatureExtractor(settings, whitening: restored).image(of: waveform, name: "a") == one)
  }

  @Test func mustBeFittedFirst() throws {
    let settings = settings(.trainingSet, epsilon: 0.01)
    let extractor = try FeatureExtractor(settings)
    let waveform = Waveform(samples: Wave.noise(9_000).map { Float($0) }, sampleRate: 16_000)
    let error = try #require(throws: FeatureError.self) { try extractor.image(of: waveform, name: "a") }
    #expect(error.description.hasPrefix("--whitening: "))
    let plain = try extractor.unwhitened().image(of: waveform, name: "a")
    let expected = try FeatureExtractor(
      FeatureSettings {
        ($0.whitening, $0.inputScale, $0.melCount, $0.frameCount) = (.none, .none, mels, frames)
      }
    ).image(of: waveform, name: "a")
    #expect(plain == expected)
  }

  @Test func misfits() throws {
    let fitted = try TrainingSetWhitening.fit(images(2), settings: settings(.trainingSet, epsilon: 0.01))
    #expect(throws: FeatureError.self) { try FeatureExtractor(FeatureSettings(), whitening: fitted) }
    #expect(throws: FeatureError.self) {
      try FeatureExtractor(FeatureSettings { $0.whitening = .trainingSet }, whitening: fitted)
    }
    #expect(throws: FeatureError.self) { try TrainingSetWhitening.fit(images(1), settings: FeatureSettings()) }
    #expect(throws: FeatureError.self) {
      try TrainingSetWhitening.fit([], settings: settings(.trainingSet, epsilon: 0.01))
    }
  }

  @Test func noVarianceGivesZero() throws {
    for epsilon in [0, 0.01] {
      let settings = settings(.perSpectrogram, epsilon: epsilon)
      var values = [[Double]](repeating: .init(repeating: -13.8, count: mels * frames), count: 3)
      try Whitening(settings, trained: nil).apply(to: &values, settings: settings)
      #expect(values.allSatisfy { $0.allSatisfy { abs($0) < 1e-3 } })
      let scaled = FeatureSettings.InputScale.standardized.scaled([[Double](repeating: 2, count: 8)])
      #expect(scaled == .init(repeating: 0, count: 8))
    }
  }
}
