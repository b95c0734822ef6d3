import Evaluation
import Foundation

extension Figure {
  /// Draws a confusion matrix: each cell with its count and its percentage of the true class.
  ///
  /// - Parameters:
  ///   - confusion: rows true, columns predicted.
  ///   - title: what was tested and by which protocol, such as "RAVDESS, speaker-disjoint, 5 folds".
  ///   - isSmall: draws it half as large, to stand beside another.
  ///   - destination: a `.png` or `.svg`; a file there is replaced.
  /// - throws: `FigureError`, or the file system's error.
  public static func confusionMatrix(
    _ confusion: ConfusionMatrix, title: String, isSmall: Bool = false, to destination: URL
  )
    throws
  {
    let count = confusion.labels.count
    guard count > 0 else { throw FigureError.data("the confusion matrix has no classes") }
    let cells = zip(confusion.counts, confusion.rowShares).enumerated().flatMap { row, values in
      zip(values.0, values.1).enumerated().map { column, cell in
        // Column, row, percentage for the colour, the two lines of text, and the text's colour.
        let percent = Int((100 * cell.1).rounded())
        return "\(column) \(row) \(100 * cell.1) \(cell.0) \(percent)% \(cell.1 > 0.6 ? 0xFFFFFF : 0x202020)"
      }
    }
    let labels = confusion.labels.map { $0.count > 24 ? $0.prefix(23) + "\u{2026}" : $0 }
    let tics = labels.enumerated().map { Gnuplot.tic($1, at: Double($0)) }.joined(separator: ", ")
    let longest = labels.map(\.count).max() ?? 0
    let slanted = longest > 7
    // All in pixels; a letter is about 8 wide, one of the title 10.
    let side = max(5, count) * (isSmall ? 46 : 70)
    let left = isSmall ? 50 + 8 * longest : 75 + 9 * longest
    let bottom = slanted ? 55 + 6 * longest : 60
    let titleLines = Gnuplot.lines(title, width: (left + side) / (isSmall ? 9 : 11))
    // Two small ones stand side by side at one height, whether their titles take one line or two.
    let titleHeight = 22 * max(titleLines.count, isSmall ? 2 : 1)
    let size = (width: left + side + (isSmall ? 40 : 110), height: 30 + titleHeight + side + bottom)
    let script = """
      $cells << EOD
      \(cells.joined(separator: "\n"))
      EOD
      set lmargin at screen \(Double(left) / Double(size.width))
      set rmargin at screen \(Double(left + side) / Double(size.width))
      set bmargin at screen \(Double(bottom) / Double(size.height))
      set tmargin at screen \(Double(bottom + side) / Double(size.height))
      set title \(Gnuplot.quoted(titleLines)) font ',13'
      set xlabel 'predicted'
      set ylabel 'true'
      set xrange [-0.5:\(count).0-0.5]
      set yrange [\(count).0-0.5:-0.5]
      set xtics (\(tics)) \(slanted ? "rotate by -40" : "") scale 0
      set ytics (\(tics)) scale 0
      set cbrange [0:100]
      \(isSmall ? "unset colorbox" : "set cblabel 'share of the true class (%)'")
      set palette defined (0 '#f7fbff', 0.25 '#c6dbef', 0.5 '#6baed6', 0.75 '#2171b5', 1 '#08306b')
      set style fill solid border lc rgb '#ffffff'
      unset key
      plot $cells using 1:2:(0.5):(0.5):3 with boxxyerror palette, \\
        $cells using 1:2:4:6 with labels offset 0,\(isSmall ? 0.35 : 0.45) textcolor rgb variable font ',13', \\
        $cells using 1:2:5:6 with labels offset 0,\(isSmall ? -0.55 : -0.65) textcolor rgb variable font ',10'
      """
    try Gnuplot.draw(script, size: size, to: destination)
  }
}
