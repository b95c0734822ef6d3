import Audio
import Foundation

/// Cuts a stream of samples into overlapping windows; it keeps no more of the stream than the next windows need.
struct WindowCutter {
  /// A window, and the slot that it speaks for; the slots of a stream lie side by side and cover all of it.
  struct Cut {
    /// Where the window lies, in samples from the stream's beginning.
    let range: Range<Int>
    /// Where its slot lies.
    let slot: Range<Int>
    /// The level of the slot in dB.
    let level: Double
    /// Whether the slot is silent.
    let isSilent: Bool
    /// The window's samples; none where the slot is silent, or the networks do not see windows.
    let samples: [Float]
  }

  /// The number of samples that have come.
  private(set) var count = 0
  private let rate: Double
  private let settings: TimelineSettings
  private let alignment: TimelineStream.Alignment
  private let windowLength: Int
  /// The samples from `origin` on.
  private var samples: [Float] = []
  private var origin = 0
  private var number = 0
  private var slotStart = 0

  init(_ settings: TimelineSettings, rate: Int, alignment: TimelineStream.Alignment) {
    self.settings = settings
    self.rate = Double(rate)
    self.alignment = alignment
    windowLength = max(1, Int((settings.window * Double(rate)).rounded()))
  }

  /// Takes samples and returns the windows that they complete.
  mutating func add(_ block: UnsafeBufferPointer<Float>) -> [Cut] {
    samples.append(contentsOf: block)
    count += block.count
    var cuts: [Cut] = []
    switch alignment {
    case .centred:
      // A window waits for one sample more, as the last of all is another one.
      while count > hops(number) + windowLength {
        let start = hops(number)
        let middle = start + windowLength / 2
        cuts.append(cut(start..<start + windowLength, slotEnd: middle + hops(1) - hops(1) / 2))
      }
    case .trailing:
      while count >= hops(number + 1) {
        let end = hops(number + 1)
        cuts.append(cut(max(0, end - windowLength)..<end, slotEnd: end))
      }
    }
    return cuts
  }

  /// The last window: it ends where the stream ends, and its slot with it.
  mutating func finish() -> Cut? {
    count > slotStart ? cut(max(0, count - windowLength)..<count, slotEnd: count) : nil
  }

  /// Where the window of a number begins, or a trailing one's last hop; rounding does not add up.
  private func hops(_ number: Int) -> Int { Int((Double(number) * settings.hop * rate).rounded()) }

  private mutating func cut(_ range: Range<Int>, slotEnd: Int) -> Cut {
    let slot = slotStart..<slotEnd
    // The last slot may be all too short for a level; then what is before it counts too.
    let heard = max(0, min(slot.lowerBound, slotEnd - hops(1)))..<slotEnd
    let level = samples[heard.lowerBound - origin..<heard.upperBound - origin].withUnsafeBufferPointer(levelInDecibels)
    let isSilent = level < settings.silence
    let cut = Cut(
      range: range, slot: slot, level: level, isSilent: isSilent,
      samples: isSilent || settings.dense
        ? [] : Array(samples[range.lowerBound - origin..<range.upperBound - origin]))
    slotStart = slotEnd
    number += 1
    // The last window of all may reach further back than the next one would.
    let next = alignment == .centred ? hops(number) : hops(number + 1) - windowLength
    let needed = max(0, min(slotStart, next, count - windowLength))
    // Dropping moves all that stays, so it is done only now and then.
    if needed - origin > 2 * windowLength {
      samples.removeFirst(needed - origin)
      origin = needed
    }
    return cut
  }
}

/// The standard deviation in dB of full scale, at least -120.
private func levelInDecibels(_ samples: UnsafeBufferPointer<Float>) -> Double {
  var statistics = SignalStatistics()
  statistics.add(samples)
  return max(-120, 20 * log10(statistics.standardDeviation))
}
