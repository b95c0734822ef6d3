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
  /// The next stretch's samples, as far as they have come.
  private var samples: [Float] = []
  /// Where they begin.
  private var start = 0
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
    while start + samples.count > next + length + margin {
      stretches.append(stretch(end: next + length, last: next + length + margin))
    }
    return stretches
  }

  /// The last stretch: it ends where the stream ends.
  mutating func finish() -> Stretch? {
    let end = start + samples.count
    return end > next ? stretch(end: end, last: end) : nil
  }

  private mutating func stretch(end: Int, last: Int) -> Stretch {
    let stretch = Stretch(end: end, start: start, samples: Array(samples[..<(last - start)]))
    next = end
    let needed = max(0, next - margin)
    samples.removeFirst(needed - start)
    start = needed
    return stretch
  }
}
