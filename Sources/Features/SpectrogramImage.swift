/// What a network sees of a recording: three channels over mel bins and time.
public struct SpectrogramImage: Sendable, Equatable {
  /// The values (3, mel, time), row-major, the lowest mel bin first.
  public let values: [Float]
  /// The number of mel bins.
  public let melCount: Int
  /// The number of time frames.
  public let frameCount: Int

  /// An image of `values` (3, mel, time) in row-major order.
  public init(values: [Float], melCount: Int, frameCount: Int) {
    precondition(values.count == 3 * melCount * frameCount, "an image has 3 x mel x time values")
    self.values = values
    self.melCount = melCount
    self.frameCount = frameCount
  }

  /// One channel's values (mel, time).
  public func channel(_ index: Int) -> ArraySlice<Float> {
    let size = melCount * frameCount
    return values[index * size..<(index + 1) * size]
  }
}
