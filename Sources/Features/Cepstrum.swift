import CFeatures
import Foundation
import Torch

/// Mel-frequency cepstral coefficients and their change over time (torchaudio's `MFCC` and `ComputeDeltas`).
struct Cepstrum {
  private let count: Int
  /// The orthonormal DCT-II (mel, coefficient).
  private let transform: Tensor

  /// As many coefficients as mel bins.
  init(count: Int) throws {
    self.count = count
    let scale = (2 / Double(count)).squareRoot()
    var cosines: [Double] = []
    for mel in 0..<count {
      for coefficient in 0..<count {
        let row = coefficient == 0 ? scale * 0.5.squareRoot() : scale
        cosines.append(row * cos(.pi / Double(count) * (Double(mel) + 0.5) * Double(coefficient)))
      }
    }
    transform = try Tensor(cosines, shape: [count, count])
  }

  /// The coefficients (frame, coefficient) of mel powers (frame, mel), which are first turned into decibels, none more
  /// than 80 below the loudest.
  func coefficients(of powers: [Double]) throws -> [Double] {
    var decibels = powers.map { max($0, 1e-10) }
    cf_logarithms(&decibels, decibels.count, 0, 10 / log(10))
    let floor = (decibels.max() ?? 0) - 80
    for index in decibels.indices { decibels[index] = max(decibels[index], floor) }
    return try Tensor(decibels, shape: [powers.count / count, count]).matmul(transform).doubles()
  }

  /// The slope of each coefficient (frame, coefficient) over time by regression over five frames, the ends repeated.
  func deltas(of values: [Double]) -> [Double] {
    let frames = values.count / count
    var deltas = [Double](repeating: 0, count: values.count)
    for frame in 0..<frames {
      let rows = [-2, -1, 1, 2].map { min(max(frame + $0, 0), frames - 1) * count }
      for index in 0..<count {
        let near = values[rows[2] + index] - values[rows[1] + index]
        let far = values[rows[3] + index] - values[rows[0] + index]
        deltas[frame * count + index] = (near + 2 * far) / 10
      }
    }
    return deltas
  }
}
