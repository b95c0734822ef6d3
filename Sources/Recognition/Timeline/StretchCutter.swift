import Foundation

/// Cuts a stream of samples into stretches that follow each other, each with some of its neighbours at both ends.
struct StretchCutter {
  /// A stretch of sound that goes through the networks at once.
  struct Stretch {
    /// The end of what it speaks for, in samples from the stream's beginning; it begins where the one before ends.
    let end: Int
    /// Where its samples begin.
    let start: Int
    /// What it speaks for, with up to `margin` samples more at either end.
    let samples: [Float]
  }

  private let length: Int
  private let margin: Int
  /// The samples from `origin` on.
  private var samples: [Float] = []
  private var origin = 0
  /// Where the next stretch begins to speak.
  private var next = 0

  /// - Parameters:
  ///   - length: the samples that a stretch speaks for.
  ///   - margin: the samples that it has besides at either end.
  init(length: Int, margin: Int) {
    self.length = length
    self.margin = margin
  }

  /// Takes samples and returns the stretches that they complete.
  mutating func add(_ block: UnsafeBufferPointer<Float>) -> [Stretch] {
    samples.append(contentsOf: block)
    var stretches: [Stretch] = []
    // A stretch waits for one sample more, as the last of all is another one.
    while origin + samples.count > next + length + margin {
      stretches.append(stretch(end: next + length, last: next + length + margin))
    }
    return stretches
  }

  /// The last stretch: it ends where the stream ends.
  mutating func finish() -> Stretch? {
    let end = origin + samples.count
    return end > next ? stretch(end: end, last: end) : nil
  }

  private mutating func stretch(end: Int, last: Int) -> Stretch {
    let start = max(0, next - margin)
    let stretch = Stretch(end: end, start: start, samples: Array(samples[start - origin..<last - origin]))
    next = end
    let needed = max(origin, next - margin)
    samples.removeFirst(min(needed - origin, samples.count))
    origin = needed
    return stretch
  }
}
