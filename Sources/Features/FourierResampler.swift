import CFeatures
import Foundation
import Torch

/// Resampling of whole recordings to one number of samples by the Fourier method (`scipy.signal.resample`).
///
/// The result is the trigonometric polynomial through the samples, taken at even places over the same time; with fewer
/// samples than before, the frequencies that they cannot hold are dropped.
final class FourierResampler: @unchecked Sendable {
  // Unchecked: the tables are never written once made, and the lock guards their list.
  private let count: Int
  private let lock = NSLock()
  /// By the length of their grid; nil where there are none.
  private var tables: [Int: OpaquePointer?] = [:]

  /// - parameter count: the number of samples of every result.
  init(count: Int) { self.count = count }

  deinit { for table in tables.values { cf_resampler_free(table) } }

  func resample(_ samples: [Float]) throws -> [Double] {
    guard samples.count != count else { return samples.map { Double($0) } }
    // Transforms of recordings' lengths, which often have large prime factors, would take ten times as long.
    guard samples.count >= 1024, let tables = tables(for: samples.count) else { return try transformed(samples) }
    var status: Int32 = 0
    let resampled = [Double](unsafeUninitializedCapacity: count) { resampled, filled in
      status = cf_resample(tables, samples, samples.count, resampled.baseAddress)
      filled = count
    }
    guard status == 0 else { throw FeatureError("memory is short to resample \(samples.count) samples") }
    return resampled
  }

  /// The tables for recordings of this length, made when first needed; nil where the result's length has none.
  private func tables(for length: Int) -> OpaquePointer? {
    let grid = cf_resampler_grid(length, count)
    lock.lock()
    defer { lock.unlock() }
    if let known = tables[grid] { return known }
    let made = cf_resampler_create(grid, count)
    tables.updateValue(made, forKey: grid)
    return made
  }

  /// By transforms of both lengths.
  func transformed(_ samples: [Float]) throws -> [Double] {
    let length = samples.count
    let shared = min(length, count)
    var weights = [Double](repeating: Double(count) / Double(length), count: shared / 2 + 1)
    // The highest frequency of an even length stands for itself and its mirror image.
    if shared % 2 == 0 { weights[shared / 2] *= count < length ? 2 : 0.5 }
    let spectrum = try Tensor(samples, shape: [length]).to(.float64).realFourierTransform()
    let kept = try spectrum.narrowed(0, start: 0, length: weights.count)
    return try (kept * Tensor(weights, shape: [weights.count])).inverseRealFourierTransform(length: count).doubles()
  }
}
