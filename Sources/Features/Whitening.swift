import Foundation
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
    let shape = [3, settings.melCount, settings.frameCount]
    switch self {
    case .none:
      break
    case .unfitted:
      throw FeatureError(flag: "whitening", "training-set whitening has to be fitted on a training set first")
    case .perSpectrogram:
      let values = try Tensor(channels.flatMap(\.self), shape: shape)
      let centred = try values - values.mean(2, keepingDimension: true)
      let covariance = try centred.matmul(centred.permuted([0, 2, 1])).scaled(by: 1 / Double(settings.frameCount - 1))
      channels = try Self.rows(Self.inverseRoot(covariance, settings: settings).matmul(centred))
    case .trained(let mean, let matrix):
      channels = try Self.rows(matrix.matmul(Tensor(channels.flatMap(\.self), shape: shape) - mean))
    }
  }

  private static func rows(_ channels: Tensor) throws -> [[Double]] {
    try (0..<3).map { try channels.narrowed(0, start: $0, length: 1).doubles() }
  }

  /// Sigma^(-1/2) (channel, mel, mel) of covariances of that shape, small eigenvalues raised to the settings' floor.
  static func inverseRoot(_ covariance: Tensor, settings: FeatureSettings) throws -> Tensor {
    let (values, vectors) = try covariance.symmetricEigen()
    let channels = covariance.shape[0]
    let size = covariance.shape[1]
    let eigenvalues = try values.doubles()
    let scales = (0..<channels).flatMap { channel in
      let own = eigenvalues[channel * size..<(channel + 1) * size]
      let floor = settings.zcaFloor(largest: own.last ?? 0)
      return own.map { 1 / max($0, floor).squareRoot() }
    }
    let scaled = try vectors * Tensor(scales, shape: [channels, 1, size])
    return try scaled.matmul(vectors.permuted([0, 2, 1]))
  }
}

extension FeatureSettings {
  /// The smallest eigenvalue that counts, above zero even where there is no variance at all.
  func zcaFloor(largest: Double) -> Double {
    max(zcaEpsilonIsAbsolute ? zcaEpsilon : zcaEpsilon * largest, 1e-14 * largest, 1e-30)
  }
}
