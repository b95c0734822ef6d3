/// How the values of an image become colours.
package enum ColourScale {
  /// Points of the viridis colour map (Smith and van der Walt 2015), which is even in lightness and safe for the
  /// colour-blind, as 0xRRGGBB.
  package static let viridis: [UInt32] = [
    0x440154, 0x482878, 0x3E4989, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6ECE58, 0xB5DE2B, 0xFDE725,
  ]

  /// What the colours span, the middle 99% of the values: single outliers would leave the rest in one colour. nil where
  /// none is finite.
  package static func range(of values: some Sequence<Float>) -> ClosedRange<Float>? {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return nil }
    func value(at share: Double) -> Float { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
    return value(at: 0.005)...value(at: 0.995)
  }
}
