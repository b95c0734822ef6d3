/// SplitMix64 (Steele, Lea & Flood 2014): the same numbers from the same seed on every machine.
///
/// Swift does not promise that `shuffle(using:)` or `random(in:using:)` stay as they are from release to release, so
/// everything that must be repeatable draws through ``below(_:)`` and ``shuffled(_:)``.
public struct SeededGenerator: Sendable {
  private var state: UInt64

  /// A generator that starts from `seed`; every seed is as good as another.
  public init(seed: UInt64) {
    state = seed
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A whole number from 0 to `bound` - 1, each equally likely; `bound` is at least 1.
  public mutating func below(_ bound: Int) -> Int {
    let range = UInt64(bound)
    // Values past the last whole multiple of the range would favour the small results.
    let limit = UInt64.max - UInt64.max % range
    var value = next()
    while value >= limit { value = next() }
    return Int(value % range)
  }

  /// The elements in random order (Fisher-Yates).
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for last in stride(from: result.count - 1, to: 0, by: -1) {
      result.swapAt(last, below(last + 1))
    }
    return result
  }
}
