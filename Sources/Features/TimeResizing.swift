/// Bilinear resizing along time without aligned corners or antialiasing (`torch.nn.functional.interpolate`); the mel
/// bins are as many before as after, so that nothing happens along them.
struct TimeResizing {
  let from: Int
  let to: Int
  /// The left one of the two frames that each new frame lies between.
  private let left: [Int]
  /// How far it lies from the left to the right one, from 0 to 1.
  private let share: [Double]

  init(from: Int, to: Int) {
    self.from = from
    self.to = to
    let places = (0..<to).map { max(0, (Double($0) + 0.5) * Double(from) / Double(to) - 0.5) }
    left = places.map { Int($0) }
    share = places.map { $0 - Double(Int($0)) }
  }

  /// Resizes values whose rows lie `rowStep` and frames `frameStep` apart; the result is (row, frame).
  func resize(_ values: [Double], rows: Int, rowStep: Int, frameStep: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: rows * to) { resized, count in
      values.withUnsafeBufferPointer { values in
        for row in 0..<rows {
          for frame in 0..<to {
            let (a, b) = (left[frame], min(left[frame] + 1, from - 1))
            let (x, y) = (values[row * rowStep + a * frameStep], values[row * rowStep + b * frameStep])
            resized.initializeElement(at: row * to + frame, to: x + share[frame] * (y - x))
          }
        }
      }
      count = rows * to
    }
  }
}
