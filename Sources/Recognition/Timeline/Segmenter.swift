import Evaluation

/// Joins neighbouring windows of one class to segments, none shorter than the minimum.
///
/// A run that is shorter, be it of a class or of silence, joins the run before it if that has a class, else the one behind
/// it if that has one. Between two silences it stays as it is: a short word is not to be lost.
struct Segmenter {
  /// A run of windows: its place in seconds, its class (nil for silence), and sums of probabilities times seconds.
  private struct Run {
    let label: Int?
    let start: Double
    var end: Double
    var sums: [Double]
    var heard: Double

    var length: Double { end - start }

    mutating func append(_ other: Run) {
      end = other.end
      heard += other.heard
      sums = sums.isEmpty ? other.sums : other.sums.isEmpty ? sums : zip(sums, other.sums).map { $0 + $1 }
    }
  }

  private let labels: [String]
  private let minimum: Double
  /// The last run that is long enough.
  private var open: Run?
  /// The run after it, which is not, yet.
  private var candidate: Run?
  /// The silence after a candidate that has a class while the open run has none; not long enough, yet.
  private var gap: Run?

  init(_ settings: TimelineSettings, labels: [String]) {
    self.labels = labels
    // Sums of hops may fall short of a length by rounding.
    minimum = settings.minimumSegment - 1e-6
  }

  /// Takes what the next window says of its slot; returns a segment that has come to its end.
  mutating func add(_ slot: Range<Double>, _ probabilities: [Double]?) -> Timeline.Segment? {
    let length = slot.upperBound - slot.lowerBound
    let label = probabilities.map(\.indexOfMaximum)
    let new = Run(
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
      // No class stands before the early run: it joins this one, which then begins where that began.
      var joined = Run(label: label, start: early.start, end: early.end, sums: early.sums, heard: early.heard)
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
  private mutating func addGap(_ new: Run) -> Timeline.Segment? {
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

  /// A segment of runs that were too short one by one: its class is that of the highest mean probability.
  private func shortSegment(_ run: Run) -> Timeline.Segment? {
    let label = run.sums.isEmpty ? nil : run.sums.indexOfMaximum
    return segment(Run(label: label, start: run.start, end: run.end, sums: run.sums, heard: run.heard))
  }

  private mutating func absorbCandidate() {
    if let candidate { open?.append(candidate) }
    candidate = nil
  }

  private func segment(_ run: Run) -> Timeline.Segment? {
    guard let label = run.label else { return nil }
    return Timeline.Segment(
      start: run.start, end: run.end, label: labels[label],
      probability: run.heard > 0 ? run.sums[label] / run.heard : 0)
  }
}
