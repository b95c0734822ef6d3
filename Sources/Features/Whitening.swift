import CFeatures
import Torch

/// ZCA-Mahalanobis whitening (Kessy, Lewin and Strimmer 2018): z = Sigma^(-1/2) (x - mu), in float64.
enum Whitening: Sendable {
  case none
  /// Fitted on each channel's own frames.
  case perSpectrogram
  /// Fitted on a training set: means (3, mel, 1) and matrices (3, mel, mel).
  case trained(mean: Tensor, matrix: Tensor)
  /// To be fitted on a training set first.
  case unfitted

  /// - throws: `FeatureError` where settings and fitted whitening do not belong together.
  init(_ settings: FeatureSettings, trained: TrainingSetWhitening?) throws {
    switch (settings.whitening, trained) {
    case (.none, nil): self = .none
    case (.perSpectrogram, nil): self = .perSpectrogram
    case (.trainingSet, nil): self = .unfitted
    case (.trainingSet, let trained?):
      guard trained.melCount == settings.melCount else {
        throw FeatureError(
          flag: "mel-count", "the whitening was fitted on \(trained.melCount) mel bins, found \(settings.melCount)")
      }
      let (mean, matrix) = try trained.tensors()
      self = .trained(mean: mean, matrix: matrix)
    case (.none, _?), (.perSpectrogram, _?):
      throw FeatureError(
        flag: "whitening",
        "a whitening fitted on a training set was given, expected training-set, found \(settings.whitening.rawValue)")
    }
  }

  /// Whitens three channels (mel, time) in place.
  func apply(to channels: inout [[Double]], settings: FeatureSettings) throws {
    switch self {
    case .none:
      break
    case .unfitted:
      throw FeatureError(flag: "whitening", "training-set whitening has to be fitted on a training set first")
    case .perSpectrogram:
      for index in channels.indices { try Self.whiten(&channels[index], settings: settings) }
    case .trained(let mean, let matrix):
      let shape = [channels.count, settings.melCount, settings.frameCount]
      let whitened = try matrix.matmul(Tensor(channels.flatMap(\.self), shape: shape) - mean)
      channels = try channels.indices.map { try whitened.narrowed(0, start: $0, length: 1).doubles() }
    }
  }

  /// Whitens one channel (mel, time) in place.
  private static func whiten(_ channel: inout [Double], settings: FeatureSettings) throws {
    let (mels, frames) = (settings.melCount, settings.frameCount)
    switch cf_whiten(&channel, mels, frames, settings.zcaEpsilon, settings.zcaEpsilonIsAbsolute ? 1 : 0) {
    case 0: break
    case 1:
      // Too many eigenvalues lie above the floor for it; the means are subtracted already.
      let values = try Tensor(channel, shape: [1, mels, frames])
      let covariance = try values.matmul(values.permuted([0, 2, 1])).scaled(by: 1 / Double(frames - 1))
      channel = try inverseRoot(covariance, settings: settings).matmul(values).doubles()
    default: throw FeatureError("memory is short to whiten \(mels) x \(frames) values")
    }
  }

  /// Sigma^(-1/2) (channel, mel, mel) of covariances of that shape, small eigenvalues raised to the settings' floor.
  static func inverseRoot(_ covariance: Tensor, settings: FeatureSettings) throws -> Tensor {
    let (values, vectors) = try covariance.symmetricEigen()
    let channels = covariance.shape[0]
    let size = covariance.shape[1]
    let eigenvalues = try values.doubles()
    let scales = (0..<channels).flatMap { channel in
      let own = eigenvalues[channel * size..<(channel + 1) * size]
      let floor = cf_zca_floor(settings.zcaEpsilon, settings.zcaEpsilonIsAbsolute ? 1 : 0, own.last ?? 0)
      return own.map { 1 / max($0, floor).squareRoot() }
    }
    let scaled = try vectors * Tensor(scales, shape: [channels, 1, size])
    return try scaled.matmul(vectors.permuted([0, 2, 1]))
  }
}
