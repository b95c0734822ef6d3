import Features
import Foundation

extension Figure {
  /// Draws the channels of a spectrogram image, one above the other, over time.
  ///
  /// The colours of each panel span the middle 99% of its values: single outliers would leave the rest in one colour.
  ///
  /// - Parameters:
  ///   - channels: each (mel, time), row-major, `melCount * frameCount` values, the lowest mel bin first.
  ///   - melCount: the number of mel bins.
  ///   - frameCount: the number of time frames.
  ///   - duration: the recording's length in seconds.
  ///   - names: each channel's name, such as "window 1024, hop 256".
  ///   - axes: what each channel's rows and values are, such as "mel bin" and "log power", for its vertical axis and its
  ///     colour bar.
  ///   - rates: if given, the vertical axes show Hz on the HTK mel scale instead of rows. `filterBank` is the
  ///     nominal sampling rate of the mel filters in Hz, `actual` the samples of the fitted waveform per second of
  ///     sound, which differs where the recording was stretched to a fixed length.
  ///   - title: such as the recording's name.
  ///   - destination: a `.png` or `.svg`; a file there is replaced.
  /// - throws: `FigureError`, or the file system's error.
  public static func spectrogram(
    channels: [[Float]], melCount: Int, frameCount: Int, duration: Double, names: [String],
    axes: [(rows: String, values: String)], rates: (filterBank: Double, actual: Double)? = nil, title: String,
    to destination: URL
  ) throws {
    guard !channels.isEmpty, channels.allSatisfy({ $0.count == melCount * frameCount && !$0.isEmpty }) else {
      let counts = channels.map { "\($0.count)" }.joined(separator: ", ")
      throw FigureError.data("expected channels of \(melCount) x \(frameCount) values, found [\(counts)]")
    }
    guard names.count == channels.count, axes.count == channels.count else {
      throw FigureError.data("\(channels.count) channels have \(names.count) names and \(axes.count) axes")
    }
    guard duration > 0 else { throw FigureError.data("a recording of \(duration) s has no spectrogram") }
    let titleLines = Gnuplot.lines(title, width: 90)
    let top = 50 + 22 * titleLines.count
    let height = top + 70 + 240 * channels.count
    var files: [String: Data] = [:]
    var script = """
      set multiplot layout \(channels.count),1 title \(Gnuplot.quoted(titleLines)) font ',13' \
      margins 0.09,0.87,\(70 / Double(height)),\(1 - Double(top) / Double(height)) spacing \(40 / Double(height))
      set palette defined (\(viridis))
      set xrange [0:\(duration)]
      set yrange [-0.5:\(melCount).0-0.5]
      set tics out nomirror
      \(rates.map { "set ytics (\(hertzTics($0, melCount: melCount)))" } ?? "set ytics 0,32")
      unset key

      """
    for (index, channel) in channels.enumerated() {
      guard let range = ColourScale.range(of: channel) else {
        throw FigureError.data("channel \(index) holds no finite value")
      }
      files["channel\(index)"] = channel.withUnsafeBytes { Data($0) }
      // A pixel's place is its centre: half a frame in from the left.
      let frame = duration / Double(frameCount)
      script += """
        set title \(Gnuplot.quoted(names[index])) font ',12' offset 0,-0.5
        set cblabel \(Gnuplot.quoted(axes[index].values))
        set ylabel \(rates == nil ? Gnuplot.quoted(axes[index].rows) : "'frequency (Hz)'")
        \(colourRange(range))
        \(index == channels.count - 1 ? "set xlabel 'time (s)' offset 0,0.3\nset format x '%g'" : "set format x ''")
        plot 'channel\(index)' binary array=(\(frameCount),\(melCount)) format='%float32' \
        dx=\(frame) dy=1 origin=(\(frame / 2),0) with image

        """
    }
    try Gnuplot.draw(script + "unset multiplot", files: files, size: (1000, height), to: destination)
  }

  /// Draws one channel of a spectrogram image so small that many fit on a page.
  ///
  /// - Parameters:
  ///   - channel: (mel, time), row-major, `melCount * frameCount` values, the lowest mel bin first.
  ///   - duration: how many seconds the image shows.
  ///   - rates: as for the large figure.
  ///   - destination: a `.png` or `.svg`; a file there is replaced.
  /// - throws: `FigureError`, or the file system's error.
  static func smallSpectrogram(
    _ channel: [Float], melCount: Int, frameCount: Int, duration: Double, rates: (filterBank: Double, actual: Double),
    to destination: URL
  ) throws {
    guard channel.count == melCount * frameCount, !channel.isEmpty else {
      throw FigureError.data("the channel has \(channel.count) values instead of \(melCount) x \(frameCount)")
    }
    // Few cells, each of whole pixels: such a picture takes a quarter of the bytes.
    let (rows, columns) = (min(melCount, 64), min(frameCount, 128))
    let cells = mean(of: channel, rows: melCount, columns: frameCount, in: (rows, columns))
    guard let range = ColourScale.range(of: cells) else {
      throw FigureError.data("the channel holds no finite value")
    }
    let (width, height) = (columns * max(1, 256 / columns), rows * max(1, 128 / rows))
    let (left, bottom) = (84, 56)
    let size = (width: left + width + 16, height: bottom + height + 10)
    let script = """
      set palette defined (\(viridis)) maxcolors 32
      \(colourRange(range))
      unset colorbox
      unset key
      set border 3
      set lmargin at screen \(Double(left) / Double(size.width))
      set rmargin at screen \(Double(left + width) / Double(size.width))
      set bmargin at screen \(Double(bottom) / Double(size.height))
      set tmargin at screen \(Double(bottom + height) / Double(size.height))
      set xrange [0:\(duration)]
      set yrange [-0.5:\(rows).0-0.5]
      set tics out nomirror font ',10'
      set label 'time (s)' at screen \(Double(left + width / 2) / Double(size.width)),0.055 center font ',10'
      set label 'frequency (Hz)' at screen 0.035,\(Double(bottom + height / 2) / Double(size.height)) \
      center rotate by 90 font ',10'
      set ytics (\(hertzTics(rates, melCount: rows, [250, 1000, 2000, 4000, 8000])))
      plot 'channel' binary array=(\(columns),\(rows)) format='%float32' \
      dx=\(duration / Double(columns)) dy=1 origin=(\(duration / Double(columns) / 2),0) with image
      """
    try Gnuplot.draw(script, files: ["channel": cells.withUnsafeBytes { Data($0) }], size: size, to: destination)
  }

  /// An image with fewer cells, each the mean of those that it takes the place of.
  private static func mean(
    of values: [Float], rows: Int, columns: Int, in size: (rows: Int, columns: Int)
  ) -> [Float] {
    (0..<size.rows * size.columns).map { cell in
      let (row, column) = (cell / size.columns, cell % size.columns)
      let covered = (row * rows / size.rows..<(row + 1) * rows / size.rows).flatMap { row in
        (column * columns / size.columns..<(column + 1) * columns / size.columns).map { values[row * columns + $0] }
      }
      return covered.reduce(0, +) / Float(covered.count)
    }
  }

  /// Round frequencies at their places among the mel bins: bin b is centred at (b + 1) / (melCount + 1) of the scale.
  static func hertzTics(
    _ rates: (filterBank: Double, actual: Double), melCount: Int,
    _ frequencies: [Double] = [125, 500, 1000, 2000, 4000, 8000, 16_000, 32_000]
  ) -> String {
    frequencies.compactMap { hertz in
      let nominal = hertz * rates.filterBank / rates.actual
      let bin = MelScale.mel(nominal) / MelScale.mel(rates.filterBank / 2) * Double(melCount + 1) - 1
      return bin <= Double(melCount) ? Gnuplot.tic("\(Int(hertz))", at: bin) : nil
    }.joined(separator: ", ")
  }

  private static let viridis = ColourScale.viridis.enumerated().map { index, colour in
    "\(index) '#\(String(format: "%06x", colour))'"
  }.joined(separator: ", ")

  private static func colourRange(_ range: ClosedRange<Float>) -> String {
    "set cbrange [\(range.lowerBound):\(max(range.upperBound, range.lowerBound + 1e-3))]"
  }
}
