import Foundation
import Torch

/// Mel-frequency cepstral coefficients and their change over time (torchaudio's `MFCC` and `ComputeDeltas`).
struct Cepstrum {
  private let count: Int
  /// The orthonormal DCT-II (coefficient, mel).
  private let transform: Tensor

  /// As many coefficients as mel bins.
  init(count: Int) throws {
    self.count = count
    let scale = (2 / Double(count)).squareRoot()
    var cosines: [Double] = []
    for coefficient in 0..<count {
      let row = coefficient == 0 ? scale * 0.5.squareRoot() : scale
      for mel in 0..<count {
        cosines.append(row * cos(.pi / Double(count) * (Double(mel) + 0.5) * Double(coefficient)))
      }
    }
    transform = try Tensor(cosines, shape: [count, count])
  }

  /// The coefficients (coefficient, frame) of mel powers (frame, mel), which are first turned into decibels, none more
  /// than 80 below the loudest.
  func coefficients(of powers: [Double]) throws -> [Double] {
    var decibels = powers.map { 10 * log10(max($0, 1e-10)) }
    let floor = (decibels.max() ?? 0) - 80
    for index in decibels.indices { decibels[index] = max(decibels[index], floor) }
    let frames = try Tensor(decibels, shape: [powers.count / count, count])
    return try transform.matmul(frames.permuted([1, 0])).doubles()
  }

  /// The slope of each row (row, frame) by regression over five frames, the ends repeated.
  static func deltas(of values: [Double], frameCount: Int) -> [Double] {
    values.indices.map { index in
      let start = index / frameCount * frameCount
      func value(_ offset: Int) -> Double { values[start + min(max(index - start + offset, 0), frameCount - 1)] }
      return (2 * (value(2) - value(-2)) + value(1) - value(-1)) / 10
    }
  }
}
