import Foundation
import Storage
import Torch

/// ZCA-Mahalanobis whitening whose mean and covariance come from all frames of a training set, channel by channel.
public struct TrainingSetWhitening: Codable, Sendable {
  let melCount: Int
  /// The means (3, mel), float64.
  private let mean: Data
  /// The matrices (3, mel, mel), float64, that centred frames are multiplied by.
  private let matrix: Data

  /// Fits on images that `FeatureExtractor.unwhitened()` made, each looked at once.
  ///
  /// - throws: `FeatureError` without images or where they are not of the settings' size, `TorchError`.
  public static func fit(
    _ images: some Sequence<SpectrogramImage>, settings: FeatureSettings
  ) throws -> TrainingSetWhitening {
    let (mels, frames) = (settings.melCount, settings.frameCount)
    var total = 0
    var sum = try Tensor.zeros([3, mels, 1], dtype: .float64)
    var products = try Tensor.zeros([3, mels, mels], dtype: .float64)
    for image in images {
      guard image.melCount == mels, image.frameCount == frames else {
        throw FeatureError(
          "expected images of \(mels) x \(frames) to fit the whitening on, found \(image.melCount) x \(image.frameCount)"
        )
      }
      let values = try Tensor(image.values, shape: [3, mels, frames]).to(.float64)
      sum = try sum + values.sum(2, keepingDimension: true)
      products = try products + values.matmul(values.permuted([0, 2, 1]))
      total += frames
    }
    guard total > 1 else { throw FeatureError("training-set whitening needs at least one image to be fitted on") }
    let mean = try sum.scaled(by: 1 / Double(total))
    let outer = try mean.matmul(mean.permuted([0, 2, 1])).scaled(by: Double(total))
    let covariance = try (products - outer).scaled(by: 1 / Double(total - 1))
    return TrainingSetWhitening(
      melCount: mels, mean: try mean.doubles().withUnsafeBytes { Data($0) },
      matrix: try Whitening.inverseRoot(covariance, settings: settings).doubles().withUnsafeBytes { Data($0) })
  }

  /// Sixteen hexadecimal digits that stand for the fitted values.
  public var fingerprint: String { StableHash.hex(of: mean + matrix) }

  /// The means (3, mel, 1) and matrices (3, mel, mel), float64.
  func tensors() throws -> (mean: Tensor, matrix: Tensor) {
    (
      try mean.withUnsafeBytes { try Tensor(bytes: $0, shape: [3, melCount, 1], dtype: .float64) },
      try matrix.withUnsafeBytes { try Tensor(bytes: $0, shape: [3, melCount, melCount], dtype: .float64) }
    )
  }
}
