import Foundation
import Torch

/// ZCA-Mahalanobis whitening (Kessy, Lewin and Strimmer 2018): z = Sigma^(-1/2) (x - mu), in float64.
enum ZCA {
  /// Whitens channels (channel, mel, time), each with its own frames as the observations.
  static func whiten(_ channels: Tensor, settings: FeatureSettings) throws -> Tensor {
    let frames = channels.shape[2]
    let centred = try channels - channels.mean(2, keepingDimension: true)
    let covariance = try centred.matmul(centred.permuted([0, 2, 1])).scaled(by: 1 / Double(frames - 1))
    return try inverseRoot(covariance, settings: settings).matmul(centred)
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
