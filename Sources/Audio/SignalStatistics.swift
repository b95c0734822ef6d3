extension Waveform {
  /// The standard deviation below which a recording counts as silent.
  public static let silenceLevel = 1e-8
}

/// Standard deviation and finiteness of a signal in one pass, block by block.
///
/// The sums are of the differences from the first sample, so that a constant signal has a deviation of exactly zero
/// however large it is. In `Double`, squares of finite floats cannot overflow: a sum is finite just when all samples are.
package struct SignalStatistics {
  private var count = 0
  private var origin = 0.0
  private var sum = 0.0
  private var squares = 0.0

  package init() {}

  package var isFinite: Bool { squares.isFinite }

  /// The population's standard deviation (denominator n).
  package var standardDeviation: Double {
    guard count > 0 else { return 0 }
    let mean = sum / Double(count)
    return max(0, squares / Double(count) - mean * mean).squareRoot()
  }

  package mutating func add(_ block: UnsafeBufferPointer<Float>) {
    guard let first = block.first else { return }
    if count == 0 { origin = Double(first) }
    count += block.count

    // Eight running sums side by side: the compiler may not reorder one floating-point sum, and so not vectorise it.
    let origins = SIMD8<Double>(repeating: origin)
    var sums = SIMD8<Double>.zero
    var squareSums = SIMD8<Double>.zero
    let bytes = UnsafeRawBufferPointer(block)
    let whole = block.count & ~7
    var index = 0
    while index < whole {
      let samples = bytes.loadUnaligned(fromByteOffset: index &* 4, as: SIMD8<Float>.self)
      let difference = SIMD8<Double>(samples) - origins
      sums += difference
      squareSums += difference * difference
      index &+= 8
    }
    sum += sums.sum()
    squares += squareSums.sum()
    for sample in block[whole...] {
      let difference = Double(sample) - origin
      sum += difference
      squares += difference * difference
    }
  }
}
