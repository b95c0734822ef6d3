import Foundation

/// Collects a timeline as it is made, in little memory, and draws it: the waveform, coloured segments, and the
/// probabilities stacked.
///
/// ```swift
/// var figure = TimelineFigure(labels: labels)
/// figure.add(samples: block)  // and windows and segments, as they come
/// try figure.draw(duration: 93.5, title: "talk.flac", to: URL(filePath: "talk.png"))
/// ```
public struct TimelineFigure {
  private let labels: [String]
  private var envelope = WaveformEnvelope()
  private var middles: [Double] = []
  /// The probabilities of the windows one after the other; NaN where it is silent.
  private var probabilities: [Float] = []
  private var segments: [(start: Double, end: Double, label: Int)] = []

  /// Nothing yet of a timeline with these classes.
  public init(labels: [String]) { self.labels = labels }

  /// Takes the recording's next samples.
  public mutating func add(samples: UnsafeBufferPointer<Float>) { envelope.add(samples) }

  /// Takes the next window by the middle, in seconds, of the stretch that it speaks for; no probabilities where it is
  /// silent.
  public mutating func add(windowAt middle: Double, probabilities: [Double]?) {
    middles.append(middle)
    self.probabilities += probabilities.map { $0.map { Float($0) } } ?? labels.map { _ in .nan }
  }

  /// Takes the next segment, in seconds; a class that is not among the labels is not drawn.
  public mutating func add(segmentFrom start: Double, to end: Double, label: String) {
    if let label = labels.firstIndex(of: label) { segments.append((start, end, label)) }
  }

  /// Draws the picture.
  ///
  /// - parameter duration: the recording's length in seconds.
  /// - parameter destination: a `.png` or `.svg`; a file there is replaced.
  /// - throws: `FigureError`, or the file system's error.
  public func draw(duration: Double, title: String, to destination: URL) throws {
    guard duration > 0, !middles.isEmpty else { throw FigureError.data("a timeline without windows has no picture") }
    let keyWidth = 60 + 9 * min(24, labels.map(\.count).max() ?? 0)
    let width = 1_000 + keyWidth
    let titleLines = Gnuplot.lines(title, width: width / 11)
    let top = 20 + 22 * titleLines.count
    let height = top + 450
    func margins(_ from: Int, _ to: Int) -> String {
      func share(_ y: Int) -> Double { 1 - Double(top + y) / Double(height) }
      return "set tmargin at screen \(share(from))\nset bmargin at screen \(share(to))"
    }
    let names = labels.map { $0.count > 24 ? $0.prefix(23) + "\u{2026}" : $0 }
    let script = """
      set multiplot title \(Gnuplot.quoted(titleLines)) font ',13'
      set lmargin at screen \(90 / Double(width))
      set rmargin at screen \(1_000 / Double(width))
      set xrange [0:\(duration)]
      set tics out nomirror
      set xtics (\(Self.timeTics(duration).map { Gnuplot.tic(" ", at: $0) }.joined(separator: ", ")))
      unset key
      \(margins(0, 120))
      set yrange [\(-limit):\(limit)]
      set ytics \(Self.step(limit))
      set ylabel 'amplitude'
      $wave << EOD
      \(waveLines(duration))
      EOD
      plot $wave using 1:2:3 with filledcurves linecolor rgb '#555555'
      \(margins(135, 180))
      set yrange [0:1]
      unset ytics
      unset ylabel
      $segments << EOD
      \(segmentLines())
      EOD
      $names << EOD
      \(nameLines(duration, names))
      EOD
      set style fill solid 1 border linecolor rgb '#ffffff'
      plot $segments using 1:(0.5):2:3:(0):(1):4 with boxxyerror linecolor rgb variable, \\
        $names using 1:(0.5):2:3 with labels textcolor rgb variable font ',10'
      set style fill solid 1 noborder
      \(margins(195, 370))
      set ytics 0,0.25,1
      set ylabel 'probability'
      set xtics (\(Self.timeTics(duration).map { Gnuplot.tic(Self.time($0, of: duration), at: $0) }.joined(separator: ", ")))
      set xlabel \(Gnuplot.quoted("time (\(duration >= 120 ? (duration >= 3_600 ? "h:min:s" : "min:s") : "s"))"))
      set key at screen \(Double(1_015) / Double(width)),\(1 - Double(top + 190) / Double(height)) \
      left top vertical maxrows \(labels.count) Left reverse samplen 1.5 invert
      $stack << EOD
      -1\(String(repeating: " 0", count: labels.count + 1))

      \(stackLines(duration))
      EOD
      plot \(stackPlots(names))
      unset multiplot
      """
    try Gnuplot.draw(script, size: (width, height), to: destination)
  }

  /// Where the waveform's axis ends on both sides of zero, a little beyond its peak.
  private var limit: Double {
    let peak = Double(max(envelope.high.max() ?? 0, -(envelope.low.min() ?? 0)))
    return peak.isFinite && peak > 0 ? 1.05 * peak : 1
  }

  private func waveLines(_ duration: Double) -> String {
    let step = duration * envelope.coverage / Double(max(1, envelope.low.count))
    return envelope.low.indices.map { index in
      "\((Double(index) + 0.5) * step) \(envelope.low[index]) \(envelope.high[index])"
    }.joined(separator: "\n")
  }

  private func segmentLines() -> String {
    // gnuplot takes no empty block; this rectangle lies outside of the picture.
    segments.isEmpty
      ? "-2 -3 -1 0"
      : segments.map { segment in
        "\((segment.start + segment.end) / 2) \(segment.start) \(segment.end) \(Self.colour(segment.label))"
      }.joined(separator: "\n")
  }

  /// The names of the segments that have room for theirs, dark on light colours and light on dark ones.
  private func nameLines(_ duration: Double, _ names: [String]) -> String {
    let lines = segments.compactMap { segment -> String? in
      let name = names[segment.label]
      guard (segment.end - segment.start) / duration * 910 > Double(7 * name.count + 4) else { return nil }
      let isDark = [0x0072B2, 0x009E73, 0xD55E00].contains(Self.colour(segment.label))
      return "\((segment.start + segment.end) / 2) \(Gnuplot.quoted(name)) \(isDark ? 0xFFFFFF : 0x000000)"
    }
    return lines.isEmpty ? "-2 \"\" 0" : lines.joined(separator: "\n")
  }

  /// Where each stretch begins and ends, with the sums of probabilities up to each class; an empty line at a silence.
  private func stackLines(_ duration: Double) -> String {
    let group = (middles.count + 1_499) / 1_500
    let starts = Array(stride(from: 0, to: middles.count, by: group))
    func edge(_ index: Int) -> Double {
      index == 0 ? 0 : index >= middles.count ? duration : (middles[index - 1] + middles[index]) / 2
    }
    return starts.map { start in
      let end = min(start + group, middles.count)
      let rows = (start..<end).map { probabilities[$0 * labels.count..<($0 + 1) * labels.count] }
      let heard = rows.filter { $0.first?.isFinite == true }
      guard !heard.isEmpty else { return "" }
      var sums: [Float] = [0]
      for label in labels.indices {
        let mean = heard.reduce(0) { $0 + $1[$1.startIndex + label] } / Float(heard.count)
        sums.append(min(1, (sums.last ?? 0) + mean))
      }
      let values = sums.map { "\($0)" }.joined(separator: " ")
      return "\(edge(start)) \(values)\n\(edge(end)) \(values)"
    }.joined(separator: "\n")
  }

  private func stackPlots(_ names: [String]) -> String {
    labels.indices.map { label in
      "$stack using 1:\(label + 2):\(label + 3) with filledcurves linecolor rgb \(Self.colour(label)) "
        + "title \(Gnuplot.quoted(names[label]))"
    }.joined(separator: ", \\\n  ")
  }
}

extension TimelineFigure {
  /// Okabe and Ito's colours (2008), which the colour-blind can tell apart, with grey for their black; for the eight
  /// emotions in the order of RAVDESS, and again from the first for more classes.
  static func colour(_ label: Int) -> Int {
    let colours = [0x999999, 0x56B4E9, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7, 0x009E73, 0xE69F00]
    return colours[label % colours.count]
  }

  /// The round number of which two or a few more reach the end of an axis.
  static func step(_ limit: Double) -> Double {
    let power = pow(10, (log10(limit / 2)).rounded(.down))
    return [5, 2].map { $0 * power }.first { 2 * $0 <= limit } ?? power
  }

  /// Round times, at most twelve.
  static func timeTics(_ duration: Double) -> [Double] {
    let steps = [
      0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 604_800,
    ]
    let step = steps.first { duration / $0 <= 11 } ?? duration / 10
    return stride(from: 0, through: duration, by: step).map { $0 }
  }

  /// Seconds, minutes or hours, as the whole length wants it.
  static func time(_ seconds: Double, of duration: Double) -> String {
    guard duration >= 120 else { return String(format: "%g", (seconds * 10).rounded() / 10) }
    let whole = Int(seconds.rounded())
    return duration >= 3_600
      ? String(format: "%d:%02d:%02d", whole / 3_600, whole / 60 % 60, whole % 60)
      : String(format: "%d:%02d", whole / 60, whole % 60)
  }
}
