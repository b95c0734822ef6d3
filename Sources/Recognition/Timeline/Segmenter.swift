import Evaluation

/// Joins neighbouring windows of one class to segments, none shorter than the minimum.
///
/// A stretch that is shorter, be it of a class or of silence, joins the stretch before it if that has a class, else the one
/// behind it if that has one. Between two silences it stays as it is: a short word is not to be lost.
struct Segmenter {
  /// A stretch of windows: its place in seconds, its class (nil for silence), and sums of probabilities times seconds.
  private struct Stretch {
    let label: Int?
    let start: Double
    var end: Double
    var sums: [Double]
    var heard: Double

    var length: Double { end - start }

    mutating func append(_ other: Stretch) {
      end = other.end
      heard += other.heard
      sums = sums.isEmpty ? other.sums : other.sums.isEmpty ? sums : zip(sums, other.sums).map { $0 + $1 }
    }
  }

  private let labels: [String]
  private let minimum: Double
  /// The last stretch that is long enough.
  private var open: Stretch?
  /// The stretch after it, which is not, yet.
  private var candidate: Stretch?
  /// The silence after a candidate that has a class while the open stretch has none; not long enough, yet.
  private var gap: Stretch?

  init(_ settings: TimelineSettings, labels: [String]) {
    self.labels = labels
    // Sums of hops may fall short of a length by rounding.
    minimum = settings.minimumSegment - 1e-6
  }

  /// Takes what the next window says of its slot; returns a segment that has come to its end.
  mutating func add(_ slot: Range<Double>, _ probabilities: [Double]?) -> Timeline.Segment? {
    let length = slot.upperBound - slot.lowerBound
    let label = probabilities.map(\.indexOfMaximum)
    let new = Stretch(
      label: label, start: slot.lowerBound, end: slot.upperBound, sums: probabilities?.map { $0 * length } ?? [],
      heard: probabilities == nil ? 0 : length)
    if open?.label == nil, candidate?.label != nil {
      if label == nil { return addGap(new) }
      closeGap()
    }
    if let open, open.label == label {
      absorbCandidate()
      self.open?.append(new)
      return nil
    }
    if candidate?.label == label, candidate != nil {
      candidate?.append(new)
    } else if open?.label == nil, let early = candidate {
      // No class stands before the early stretch: it joins this one, which then begins where that began.
      var joined = Stretch(label: label, start: early.start, end: early.end, sums: early.sums, heard: early.heard)
      joined.append(new)
      candidate = joined
    } else {
      absorbCandidate()
      candidate = new
    }
    guard let candidate, candidate.length >= minimum else { return nil }
    let finished = open
    open = candidate
    self.candidate = nil
    return finished.flatMap(segment)
  }

  /// The last segment.
  mutating func finish() -> Timeline.Segment? {
    closeGap()
    // A recording that is shorter than the minimum, or its last word, is one segment none the less.
    if open?.label == nil { return candidate.flatMap(shortSegment) }
    absorbCandidate()
    return open.flatMap(segment)
  }

  /// Takes a silent window behind a candidate with silence before it; returns that as a segment once there is silence on
  /// both sides.
  private mutating func addGap(_ new: Stretch) -> Timeline.Segment? {
    if gap == nil { gap = new } else { gap?.append(new) }
    guard let gap, gap.length >= minimum else { return nil }
    let finished = candidate
    (open, candidate, self.gap) = (gap, nil, nil)
    return finished.flatMap(shortSegment)
  }

  /// Lets a silence that has stayed short join the candidate before it.
  private mutating func closeGap() {
    guard let gap, var joined = candidate else { return }
    joined.append(gap)
    self.gap = nil
    let isLong = joined.length >= minimum
    (open, candidate) = isLong ? (joined, nil) : (open, joined)
  }

  /// A segment of stretches that were too short one by one: its class is that of the highest mean probability.
  private func shortSegment(_ stretch: Stretch) -> Timeline.Segment? {
    let label = stretch.sums.isEmpty ? nil : stretch.sums.indexOfMaximum
    return segment(
      Stretch(label: label, start: stretch.start, end: stretch.end, sums: stretch.sums, heard: stretch.heard))
  }

  private mutating func absorbCandidate() {
    if let candidate { open?.append(candidate) }
    candidate = nil
  }

  private func segment(_ stretch: Stretch) -> Timeline.Segment? {
    guard let label = stretch.label else { return nil }
    return Timeline.Segment(
      start: stretch.start, end: stretch.end, label: labels[label],
      probability: stretch.heard > 0 ? stretch.sums[label] / stretch.heard : 0)
  }
}
