import Audio
import CFeatures
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
  public private(set) var settings: FeatureSettings
  private let resampler: FourierResampler
  private let spectrograms: [MelSpectrogram]
  private let cepstrum: Cepstrum?
  private let whitening: Whitening
  private let inputScale: FeatureSettings.InputScale

  /// An extractor with all of its tables.
  ///
  /// - parameter whitening: what was fitted on the training set; without it, settings with training-set whitening allow
  ///   only `unwhitened()`.
  /// - throws: `FeatureError` for settings that cannot be, and for a whitening that does not fit them.
  public init(_ settings: FeatureSettings, whitening: TrainingSetWhitening? = nil) throws {
    try settings.validate()
    self.settings = settings
    resampler = FourierResampler(count: settings.sampleCount)
    let bank = try MelBank(melCount: settings.melCount, fftSize: settings.fftSize, rate: settings.melRate)
    spectrograms = try settings.resolutions.map { window, hop in
      try MelSpectrogram(fftSize: settings.fftSize, window: window, hop: hop, bank: bank)
    }
    cepstrum = settings.representation == .mfcc ? try Cepstrum(count: settings.melCount) : nil
    self.whitening = try Whitening(settings, trained: whitening)
    inputScale = settings.inputScale
  }

  private init(unwhitened extractor: FeatureExtractor) {
    settings = extractor.settings
    resampler = extractor.resampler
    spectrograms = extractor.spectrograms
    cepstrum = extractor.cepstrum
    whitening = .none
    inputScale = .none
  }

  /// The same extractor without whitening and input scale, for the images that `TrainingSetWhitening` is fitted on.
  public func unwhitened() -> FeatureExtractor { FeatureExtractor(unwhitened: self) }

  /// The same extractor for images several times as wide, of as many times as much sound: padded ones without whitening.
  package func widened(by times: Int) -> FeatureExtractor {
    var extractor = self
    extractor.settings.sampleCount *= times
    extractor.settings.frameCount *= times
    return extractor
  }

  /// The image of a file's recording.
  ///
  /// - parameter alteration: what is done to the recording first; nil for nothing.
  /// - throws: `AudioError` that names the file; `FeatureError` and `TorchError` for want of memory.
  public func image(ofFile path: String, alteredBy alteration: Alteration? = nil) throws -> SpectrogramImage {
    var times = StageTimes()
    return try image(ofFile: path, alteredBy: alteration, times: &times)
  }

  /// The image of a file's recording; adds what each stage took to `times`.
  ///
  /// - throws: `AudioError` that names the file; `FeatureError` and `TorchError` for want of memory.
  public func image(
    ofFile path: String, alteredBy alteration: Alteration? = nil, times: inout StageTimes
  ) throws -> SpectrogramImage {
    let waveform = try times.measure(\.decoding) {
      let waveform = try AudioFile.read(path, limits: settings.limits)
      return try alteration.map { try waveform.altered(by: $0) } ?? waveform
    }
    return try image(of: waveform, name: path, times: &times)
  }

  /// The image of a recording; errors call it by `name`.
  ///
  /// - throws: `AudioError` for silence and samples that are no numbers; `FeatureError` and `TorchError` for want of memory.
  public func image(of waveform: Waveform, name: String) throws -> SpectrogramImage {
    var times = StageTimes()
    return try image(of: waveform, name: name, times: &times)
  }

  private func image(of waveform: Waveform, name: String, times: inout StageTimes) throws -> SpectrogramImage {
    let signal = try times.measure(\.fitting) {
      try Signal(waveform, name: name, settings: settings, resampler: resampler)
    }
    let powers = try times.measure(\.spectrograms) {
      // Coefficients' deltas look at every frame.
      try spectrograms.map { try $0.powers(of: signal, shownIn: cepstrum == nil ? settings.frameCount : nil) }
    }
    var channels = try times.measure(\.channels) { try self.channels(of: powers) }
    try times.measure(\.whitening) { try whitening.apply(to: &channels, settings: settings) }
    let values = times.measure(\.scaling) { inputScale.scaled(channels) }
    return SpectrogramImage(values: values, melCount: settings.melCount, frameCount: settings.frameCount)
  }

  /// The channels, each (mel, time), of mel powers (frame, mel).
  private func channels(of powers: [[Double]]) throws -> [[Double]] {
    guard let cepstrum, let first = powers.first else { return powers.map(logarithms) }
    let coefficients = try cepstrum.coefficients(of: first)
    return [logarithms(of: first), resized(coefficients), resized(cepstrum.deltas(of: coefficients))]
  }

  /// The natural logarithms (mel, time) of mel powers (frame, mel), resized to the image's width.
  private func logarithms(of powers: [Double]) -> [Double] {
    var values = settings.logOrder == .resizeFirst ? resized(powers) : powers
    cf_logarithms(&values, values.count, settings.logFloor, 1)
    return settings.logOrder == .resizeFirst ? values : resized(values)
  }

  /// Values (frame, mel) as (mel, time) of the image's width, bilinearly without aligned corners or antialiasing
  /// (`torch.nn.functional.interpolate`); the mel bins are as many as before, so that nothing happens along them.
  private func resized(_ values: [Double]) -> [Double] {
    let size = settings.melCount * settings.frameCount
    return [Double](unsafeUninitializedCapacity: size) { resized, count in
      cf_resize_time(
        values, values.count / settings.melCount, settings.melCount, settings.frameCount, resized.baseAddress)
      count = size
    }
  }
}

extension FeatureSettings.InputScale {
  /// The channels one after the other, scaled; a channel without variance becomes 0.
  func scaled(_ channels: [[Double]]) -> [Float] {
    let size = channels.reduce(0) { $0 + $1.count }
    return [Float](unsafeUninitializedCapacity: size) { values, count in
      for (index, channel) in channels.enumerated() {
        let (shift, scale) = range(of: channel, index: index)
        cf_scale_to_float(channel, channel.count, shift, scale, values.baseAddress.map { $0 + count })
        count += channel.count
      }
    }
  }

  /// What is subtracted from a channel's values, and what they are then multiplied by.
  private func range(of channel: [Double], index: Int) -> (shift: Double, scale: Double) {
    switch self {
    case .none:
      return (0, 1)
    case .standardized:
      var (mean, deviation) = (0.0, 0.0)
      cf_moments(channel, channel.count, &mean, &deviation)
      return (mean, deviation > 0 ? 1 / deviation : 0)
    case .imageNet:
      let (low, high) = (channel.min() ?? 0, channel.max() ?? 0)
      let (mean, deviation) = ([0.485, 0.456, 0.406][index], [0.229, 0.224, 0.225][index])
      let width = high > low ? high - low : 1
      return (low + mean * width, 1 / (width * deviation))
    }
  }
}
