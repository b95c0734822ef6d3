import Torch

/// Triangular filters on the HTK mel scale, 0 Hz to half the sample rate, without area normalisation
/// (`torchaudio.functional.melscale_fbanks`).
///
/// A filter is kept as its run of weights that are not zero, filled up with zeros to whole vectors of eight.
struct MelBank: Sendable {
  let melCount: Int
  /// The bin of the first weight of each filter.
  let first: [Int32]
  /// The number of weights of each filter, a multiple of 8.
  let length: [Int32]
  /// The weights of all filters, one after the other.
  let weights: [Double]

  /// Filters over the bins 0...fftSize/2 of a signal of `rate` samples a second.
  init(melCount: Int, fftSize: Int, rate: Int) throws {
    // In float32, libtorch's own where roundings differ: a loud tone at the foot of a filter shows the last bit.
    let binCount = fftSize / 2 + 1
    let frequencies = Self.even(from: 0, to: Float(rate / 2), count: binCount)
    let highest = MelScale.mel(Double(rate / 2))
    let mels = Self.even(from: 0, to: Float(highest), count: melCount + 2)
    // `MelScale.hertz`, but in float32.
    let powers = try Tensor(mels.map { $0 / 2595 }, shape: [mels.count]).exponential(base: 10).floats()
    let edges = powers.map { 700 * ($0 - 1) }

    var (first, length, weights) = ([Int32](), [Int32](), [Double]())
    for mel in 0..<melCount {
      let (low, centre, high) = (edges[mel], edges[mel + 1], edges[mel + 2])
      let slopes = frequencies.map { frequency in
        max(0, min(-(low - frequency) / (centre - low), (high - frequency) / (high - centre)))
      }
      let start = slopes.firstIndex { $0 > 0 } ?? 0
      let end = (slopes.lastIndex { $0 > 0 } ?? start) + 1
      let padded = (end - start + 7) / 8 * 8
      first.append(Int32(start))
      length.append(Int32(padded))
      weights += slopes[start..<end].map(Double.init) + [Double](repeating: 0, count: padded - (end - start))
    }
    self.melCount = melCount
    (self.first, self.length, self.weights) = (first, length, weights)
  }

  /// Evenly spaced numbers, counted from the nearer end and rounded once, as `torch.linspace` does.
  private static func even(from low: Float, to high: Float, count: Int) -> [Float] {
    let step = (high - low) / Float(count - 1)
    return (0..<count).map {
      $0 < count / 2 ? low.addingProduct(step, Float($0)) : high.addingProduct(-step, Float(count - 1 - $0))
    }
  }
}
