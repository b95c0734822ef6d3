import Torch

/// Resampling of a whole recording to a given number of samples by the Fourier method (`scipy.signal.resample`).
enum FourierResampling {
  /// The trigonometric polynomial through `samples`, taken at `count` even places over the same time.
  ///
  /// With fewer samples than before, the frequencies that they cannot hold are dropped.
  static func resample(_ samples: [Float], to count: Int) throws -> [Double] {
    let length = samples.count
    guard length != count else { return samples.map(Double.init) }
    let shared = min(length, count)
    let spectrum = try Tensor(samples, shape: [length]).to(.float64).realFourierTransform()
    let kept = try spectrum.narrowed(0, start: 0, length: shared / 2 + 1)
    let weights = try Tensor(weights(from: length, to: count), shape: [shared / 2 + 1])
    return try (kept * weights).inverseRealFourierTransform(length: count).doubles()
  }

  /// What each kept frequency is multiplied by: the change of the number of samples, and at the highest frequency of an
  /// even spectrum, which stands for itself and its mirror image, the doubling or halving that keeps their sum.
  private static func weights(from length: Int, to count: Int) -> [Double] {
    let shared = min(length, count)
    let scale = Double(count) / Double(length)
    var weights = [Double](repeating: scale, count: shared / 2 + 1)
    if shared % 2 == 0 { weights[shared / 2] *= count < length ? 2 : 0.5 }
    return weights
  }
}
