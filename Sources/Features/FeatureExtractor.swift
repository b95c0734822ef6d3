import Audio
import Foundation
import Torch

/// Makes spectrogram images of recordings.
///
/// ```swift
/// let extractor = try FeatureExtractor(FeatureSettings())
/// let image = try extractor.image(ofFile: "speech.wav")
/// ```
public struct FeatureExtractor: Sendable {
  /// What decides the images.
  public let settings: FeatureSettings
  private let spectrogram: MelSpectrogram
  private let cepstrum: Cepstrum?
  private let trained: (mean: Tensor, matrix: Tensor)?
  private let isUnwhitened: Bool

  /// An extractor with all of its tables.
  ///
  /// - parameter whitening: what was fitted on the training set; without it, settings with training-set whitening allow
  ///   only `unwhitened()`.
  /// - throws: `FeatureError` for settings that cannot be, and for a whitening that does not fit them.
  public init(_ settings: FeatureSettings, whitening: TrainingSetWhitening? = nil) throws {
    try settings.validate()
    if let whitening {
      guard settings.whitening == .trainingSet else {
        throw FeatureError(
          flag: "whitening", "a fitted whitening was given, but the settings say \(settings.whitening.rawValue)")
      }
      guard whitening.melCount == settings.melCount else {
        throw FeatureError(
          flag: "mel-count", "the whitening was fitted on \(whitening.melCount) mel bins, found \(settings.melCount)")
      }
    }
    self.settings = settings
    spectrogram = try MelSpectrogram(
      fftSize: settings.fftSize, melCount: settings.melCount, rate: settings.melRate)
    cepstrum = settings.representation == .mfcc ? try Cepstrum(count: settings.melCount) : nil
    trained = try whitening?.tensors()
    isUnwhitened = false
  }

  private init(unwhitened extractor: FeatureExtractor) {
    settings = extractor.settings
    spectrogram = extractor.spectrogram
    cepstrum = extractor.cepstrum
    trained = nil
    isUnwhitened = true
  }

  /// The same extractor without whitening and input scale, for the images that `TrainingSetWhitening` is fitted on.
  public func unwhitened() -> FeatureExtractor { FeatureExtractor(unwhitened: self) }

  /// The image of a file's recording.
  ///
  /// - throws: `AudioError` that names the file, `TorchError`.
  public func image(ofFile path: String) throws -> SpectrogramImage {
    try image(of: AudioFile.read(path, limits: settings.limits), name: path)
  }

  /// The image of a recording; errors call it by `name`.
  ///
  /// - throws: `AudioError` for silence and samples that are no numbers, `TorchError`.
  public func image(of waveform: Waveform, name: String) throws -> SpectrogramImage {
    if !isUnwhitened, settings.whitening == .trainingSet, trained == nil {
      throw FeatureError(flag: "whitening", "training-set whitening has to be fitted on a training set first")
    }
    let signal = try Signal(waveform, name: name, settings: settings)
    var channels = try Tensor(channels(of: signal), shape: [3, settings.melCount, settings.frameCount])
    if !isUnwhitened {
      channels = try whitened(channels)
    }
    var values = try channels.floats()
    if !isUnwhitened { settings.inputScale.apply(to: &values) }
    return SpectrogramImage(values: values, melCount: settings.melCount, frameCount: settings.frameCount)
  }

  private func whitened(_ channels: Tensor) throws -> Tensor {
    switch settings.whitening {
    case .none: channels
    case .perSpectrogram: try ZCA.whiten(channels, settings: settings)
    case .trainingSet:
      if let trained { try trained.matrix.matmul(channels - trained.mean) } else { channels }
    }
  }

  /// The channels (channel, mel, time) before whitening.
  private func channels(of signal: Signal) throws -> [Double] {
    let extended = spectrogram.extended(signal.samples)
    let powers = try settings.resolutions.map { window, hop in
      try spectrogram.powers(ofExtended: extended, sampleCount: signal.samples.count, window: window, hop: hop)
    }
    guard let cepstrum, let first = powers.first else { return powers.flatMap(logarithms) }
    let frames = first.count / settings.melCount
    let coefficients = try cepstrum.coefficients(of: first)
    let deltas = Cepstrum.deltas(of: coefficients, frameCount: frames)
    let resizing = TimeResizing(from: frames, to: settings.frameCount)
    return logarithms(of: first)
      + [coefficients, deltas].flatMap {
        resizing.resize($0, rows: settings.melCount, rowStep: frames, frameStep: 1)
      }
  }

  /// The natural logarithms (mel, time) of mel powers (frame, mel), resized to the image's width.
  private func logarithms(of powers: [Double]) -> [Double] {
    let mels = settings.melCount
    let resizing = TimeResizing(from: powers.count / mels, to: settings.frameCount)
    func resized(_ values: [Double]) -> [Double] { resizing.resize(values, rows: mels, rowStep: 1, frameStep: mels) }
    func logarithms(_ values: [Double]) -> [Double] { values.map { log($0 + settings.logFloor) } }
    return settings.logOrder == .resizeFirst ? logarithms(resized(powers)) : resized(logarithms(powers))
  }
}

extension FeatureSettings.InputScale {
  /// Scales the three channels (3, mel, time) of an image in place; a channel without variance becomes 0.
  func apply(to values: inout [Float]) {
    let size = values.count / 3
    for channel in 0..<3 {
      let range = channel * size..<(channel + 1) * size
      let (shift, scale): (Double, Double)
      switch self {
      case .none:
        continue
      case .standardized:
        let mean = values[range].reduce(0) { $0 + Double($1) } / Double(size)
        let variance = values[range].reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(size)
        (shift, scale) = (mean, variance > 0 ? 1 / variance.squareRoot() : 0)
      case .imageNet:
        let (low, high) = (Double(values[range].min() ?? 0), Double(values[range].max() ?? 0))
        let (mean, deviation) = ([0.485, 0.456, 0.406][channel], [0.229, 0.224, 0.225][channel])
        let width = high > low ? high - low : 1
        (shift, scale) = (low + mean * width, 1 / (width * deviation))
      }
      for index in range { values[index] = Float((Double(values[index]) - shift) * scale) }
    }
  }
}
