/// The lowest and the highest sample of equal stretches of a recording of any length, in little memory.
struct WaveformEnvelope: Sendable {
  /// The lowest sample of each stretch.
  private(set) var low: [Float] = []
  /// The highest sample of each stretch.
  private(set) var high: [Float] = []
  private let limit: Int
  /// The samples of a stretch, and of the last one so far.
  private var length = 16
  private var filled = 0
  private var count = 0

  /// An empty envelope that will have half of `limit` to `limit` stretches, or fewer of a short recording.
  init(limit: Int = 4_096) { self.limit = max(2, limit) }

  /// The share of the recording that all stretches cover: above 1 where the last is not full.
  var coverage: Double { count == 0 ? 1 : Double(low.count * length) / Double(count) }

  /// Takes the next samples.
  mutating func add(_ samples: UnsafeBufferPointer<Float>) {
    var index = 0
    while index < samples.count {
      if filled == 0, low.count == limit { merge() }
      if filled == 0 {
        low.append(samples[index])
        high.append(samples[index])
      }
      let end = min(samples.count, index + length - filled)
      var (lowest, highest) = (low[low.count - 1], high[high.count - 1])
      for sample in samples[index..<end] {
        lowest = min(lowest, sample)
        highest = max(highest, sample)
      }
      (low[low.count - 1], high[high.count - 1]) = (lowest, highest)
      filled = (filled + end - index) % length
      index = end
    }
    count += samples.count
  }

  /// Makes one stretch of every two.
  private mutating func merge() {
    let odd = low.count % 2 == 1
    low = stride(from: 0, to: low.count, by: 2).map { min(low[$0], low[min($0 + 1, low.count - 1)]) }
    high = stride(from: 0, to: high.count, by: 2).map { max(high[$0], high[min($0 + 1, high.count - 1)]) }
    filled = odd ? length : 0
    length *= 2
  }
}
