import Evaluation
import Foundation

extension Figure {
  /// Draws a reliability diagram (Guo et al. 2017): how often a classifier is right at each confidence, before and, where
  /// there is one, after a temperature; below it, the number of recordings at each confidence.
  ///
  /// - Parameters:
  ///   - calibration: what was measured.
  ///   - title: what was tested and by which protocol.
  ///   - destination: a `.png` or `.svg`; a file there is replaced.
  /// - throws: `FigureError`, or the file system's error.
  public static func reliability(_ calibration: TemperatureScaling, title: String, to destination: URL) throws {
    var panels = [("as the networks give it", calibration.before)]
    if let after = calibration.after {
      panels.append(("at \(calibration.temperaturesText), \(calibration.source)", after))
    }
    guard panels.allSatisfy({ panel in panel.1.bins.contains { $0.count > 0 } }) else {
      throw FigureError.data("no recording has a confidence to draw")
    }
    // All in pixels.
    let (side, counts, left, gap, bottom) = (240, 85, 85, 95, 130)
    let drawn = left + panels.count * side + (panels.count - 1) * gap + 20
    let width = max(drawn, 640)
    let titleLines = Gnuplot.lines(title, width: width / 11)
    let panelTitles = panels.map { name, part in
      ["ECE \(decimals(part.ece))"] + Gnuplot.lines(name, width: (side + gap) / 10)
    }
    let panelLines = panelTitles.map(\.count).max() ?? 1
    let top = 30 + 22 * titleLines.count + 19 * panelLines
    let height = top + side + 30 + counts + bottom
    func screen(_ pixels: Int, of size: Int) -> Double { Double(pixels) / Double(size) }
    let most = panels.flatMap(\.1.bins).map(\.count).max() ?? 1

    let key = "set key at screen 0.5,\(screen(8, of: height)) center bottom vertical Left reverse samplen 2"
    var script = """
      set multiplot
      # A label, as gnuplot's SVG has the title of a multiplot in the colour of the ground.
      set label 1 \(Gnuplot.quoted(titleLines)) at screen 0.5,\(screen(height - 22, of: height)) center font ',13'
      set xrange [0:1]
      set tics out nomirror
      set xtics 0.2
      set grid linetype 1 linewidth 0.7 linecolor rgb '#a0808080'
      set style fill solid border linecolor rgb '#ffffff'

      """
    for (index, (_, part)) in panels.enumerated() {
      let start = (width - drawn) / 2 + left + index * (side + gap)
      let bins = part.bins.filter { $0.count > 0 }
      // Lower and upper edge, share of right answers, mean confidence, number.
      let rows = bins.map { "\($0.lower) \($0.upper) \($0.accuracy) \($0.confidence) \($0.count)" }
      let lines = panelTitles[index] + Array(repeating: "", count: panelLines - panelTitles[index].count)
      script += """
        $bins\(index) << EOD
        \(rows.joined(separator: "\n"))
        EOD
        set lmargin at screen \(screen(start, of: width))
        set rmargin at screen \(screen(start + side, of: width))
        set tmargin at screen \(screen(height - top, of: height))
        set bmargin at screen \(screen(height - top - side, of: height))
        set title \(Gnuplot.quoted(lines)) font ',12' offset 0,-0.5
        set yrange [0:1]
        set ytics 0.2
        set format x ''
        unset xlabel
        set ylabel 'share of right answers' offset 0.8,0
        \(index == 0 ? key : "unset key")
        plot $bins\(index) using (($1+$2)/2):3:1:2:(0):3 with boxxyerror fillcolor rgb '#56b4e9' \
        title 'right answers', \
        $bins\(index) using (($1+$2)/2):4:1:2 with xerrorbars pointtype 7 pointsize 0.5 linewidth 2 \
        linecolor rgb '#d55e00' title 'mean confidence', \
        x with lines dashtype 2 linewidth 1.5 linecolor rgb '#808080' title 'as often right as sure'
        unset label 1
        unset key
        unset title
        set tmargin at screen \(screen(bottom + counts, of: height))
        set bmargin at screen \(screen(bottom, of: height))
        set yrange [0:\(Double(most) * 1.05)]
        set ytics \(countStep(most))
        set format x '%g'
        set xlabel 'confidence' offset 0,0.3
        set ylabel 'recordings' offset 0.8,0
        plot $bins\(index) using (($1+$2)/2):5:1:2:(0):5 with boxxyerror fillcolor rgb '#999999'

        """
    }
    try Gnuplot.draw(script + "unset multiplot", size: (width, height), to: destination)
  }

  /// A round step that gives an axis of counts two or three tics.
  private static func countStep(_ most: Int) -> Int {
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
    return steps.first { most <= 3 * $0 } ?? most
  }
}

extension TemperatureScaling {
  /// `temperature 1.31`, or the range where splits have their own.
  var temperaturesText: String {
    let (low, high) = (decimals(temperatures.min() ?? 1, 2), decimals(temperatures.max() ?? 1, 2))
    return low == high ? "temperature \(low)" : "temperatures \(low) to \(high)"
  }
}
