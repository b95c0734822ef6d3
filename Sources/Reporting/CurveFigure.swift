import Foundation
import Training

extension Figure {
  /// One network's way through training, a value an epoch; a list may be empty or shorter where nothing was measured.
  public struct Curve: Sendable {
    /// The name in the key, such as the network's.
    public var name: String
    /// Accuracy on the training part, 0...1.
    public var trainingAccuracy: [Double]
    /// Accuracy on the validation part, 0...1.
    public var validationAccuracy: [Double]
    /// Mean loss on the training part.
    public var trainingLoss: [Double]
    /// Mean loss on the validation part.
    public var validationLoss: [Double]

    /// Puts the lists together.
    public init(
      name: String, trainingAccuracy: [Double] = [], validationAccuracy: [Double] = [], trainingLoss: [Double] = [],
      validationLoss: [Double] = []
    ) {
      self.name = name
      self.trainingAccuracy = trainingAccuracy
      self.validationAccuracy = validationAccuracy
      self.trainingLoss = trainingLoss
      self.validationLoss = validationLoss
    }

    /// The mean of several trainings, epoch by epoch, over those that came so far.
    public init(_ name: String, meanOf trainings: [[EpochRecord]]) {
      let longest = trainings.map(\.count).max() ?? 0
      func mean(_ value: (EpochRecord) -> Double?) -> [Double] {
        (0..<longest).compactMap { epoch in
          let values = trainings.compactMap { $0.indices.contains(epoch) ? value($0[epoch]) : nil }
          return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
      }
      self.init(
        name: name, trainingAccuracy: mean(\.trainingAccuracy), validationAccuracy: mean(\.validationAccuracy),
        trainingLoss: mean(\.trainingLoss), validationLoss: mean(\.validationLoss))
    }
  }

  /// Okabe and Ito's colours, which the colour-blind can tell apart; with more curves they repeat.
  static let curveColours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"]

  /// Draws accuracy above loss by epoch: solid for validation, dashed for training, a colour for each network.
  ///
  /// - Parameters:
  ///   - curves: at least one, with at least one value.
  ///   - title: what was trained and by which protocol.
  ///   - destination: a `.png` or `.svg`; a file there is replaced.
  /// - throws: `FigureError`, or the file system's error.
  public static func curves(_ curves: [Curve], title: String, to destination: URL) throws {
    let lists = curves.flatMap {
      [$0.trainingAccuracy, $0.validationAccuracy, $0.trainingLoss, $0.validationLoss]
    }
    let panels: [Panel] = [
      Panel(name: "accuracy", range: "[0:1]", training: \.trainingAccuracy, validation: \.validationAccuracy),
      Panel(name: "mean loss", range: "[0:*]", training: \.trainingLoss, validation: \.validationLoss),
    ].filter { panel in
      curves.contains { !$0[keyPath: panel.training].isEmpty || !$0[keyPath: panel.validation].isEmpty }
    }
    guard let epochs = lists.map(\.count).max(), epochs > 0 else { throw FigureError.data("there is no epoch to draw") }

    let titleLines = Gnuplot.lines(title, width: 50)
    let key = CurveKey(names: curves.map(\.name))
    // All in pixels, from the top: the title, the panels with their scales, the key.
    let (width, top, side, scale) = (520, 24 + 20 * titleLines.count, 210, 58)
    let size = (width: width, height: top + panels.count * (side + scale) + key.height)
    func place(_ y: Int) -> Double { 1 - Double(y) / Double(size.height) }
    var script = """
      set multiplot
      set label 1 \(Gnuplot.quoted(titleLines)) at screen 0.5,\(place(20)) center font ',13'
      set lmargin at screen \(72 / Double(width))
      set rmargin at screen \(1 - 16 / Double(width))
      set border 3 linewidth 1
      set tics out nomirror
      set xrange [\(epochs == 1 ? "0.5:1.5" : "1:\(epochs)")]
      set xtics \([1, 2, 5, 10, 20, 50, 100, 200, 500].first { epochs <= 12 * $0 } ?? 1000)
      set xtics add (1)
      set grid linetype 1 linewidth 0.7 linecolor rgb '#a0808080'
      set xlabel 'epoch' offset 0,0.4
      set ylabel offset 1,0
      unset key
      \(key.script(top: size.height - key.height, width: width, place: place))

      """
    for (index, panel) in panels.enumerated() {
      let y = top + index * (side + scale)
      script += """
        set tmargin at screen \(place(y))
        set bmargin at screen \(place(y + side))
        set ylabel '\(panel.name)'
        set yrange \(panel.range)
        \(panel.script(curves, number: index))
        unset label
        unset arrow

        """
    }
    try Gnuplot.draw(script + "unset multiplot", size: size, to: destination)
  }

  /// One of the figure's diagrams.
  private struct Panel {
    let name: String
    let range: String
    let training: KeyPath<Curve, [Double]>
    let validation: KeyPath<Curve, [Double]>

    /// The data blocks and the plot command.
    func script(_ curves: [Curve], number: Int) -> String {
      var blocks = ""
      var plots: [String] = []
      for (index, curve) in curves.enumerated() {
        for (part, values) in [("training", curve[keyPath: training]), ("validation", curve[keyPath: validation])]
        where !values.isEmpty {
          let block = "$\(part)_\(number)_\(index)"
          let points = values.enumerated().map { "\($0 + 1) \($1.isFinite ? "\($1)" : "NaN")" }.joined(separator: "\n")
          blocks += "\(block) << EOD\n\(points)\nEOD\n"
          // A line through one epoch has no length: it gets a point, hollow where the line would be dashed.
          let mark = values.count == 1 ? "linespoints pointtype \(part == "training" ? 6 : 7)" : "lines"
          plots.append(
            "\(block) using 1:2 with \(mark) \(part == "training" ? CurveKey.training : CurveKey.validation) "
              + "linecolor rgb '\(CurveKey.colour(index))'")
        }
      }
      return blocks + "plot \(plots.joined(separator: ", "))"
    }
  }
}

/// The key below the curves: a colour for each name, and the two kinds of line.
private struct CurveKey {
  static let validation = "dashtype 1 linewidth 2.5"
  static let training = "dashtype (6,4) linewidth 1.5"

  static func colour(_ index: Int) -> String { Figure.curveColours[index % Figure.curveColours.count] }

  /// The width for the entries in pixels.
  private static let room = 480

  private let entries: [(name: String, style: String, colour: String)]
  private let columns: Int

  init(names: [String]) {
    let shown = names.map { $0.count > 52 ? $0.prefix(51) + "\u{2026}" : $0 }
    // The two kinds of line stand at the end, in no network's colour.
    entries =
      shown.enumerated().map { ($1, Self.validation, Self.colour($0)) }
      + [("validation", Self.validation, "#808080"), ("training", Self.training, "#808080")]
    let longest = entries.map(\.name.count).max() ?? 0
    columns = max(1, min(entries.count, Self.room / (60 + 8 * longest)))
  }

  /// The height in pixels.
  var height: Int { 14 + 20 * ((entries.count + columns - 1) / columns) }

  /// Lines and labels; `place` gives the height on the screen of pixels from the top.
  func script(top: Int, width: Int, place: (Int) -> Double) -> String {
    entries.enumerated().map { index, entry in
      let left = 30 + index % columns * (Self.room / columns)
      let y = place(top + 10 + 20 * (index / columns))
      func x(_ pixels: Int) -> Double { Double(left + pixels) / Double(width) }
      return """
        set arrow from screen \(x(0)),\(y) to screen \(x(34)),\(y) nohead \(entry.style) linecolor rgb '\(entry.colour)'
        set label \(Gnuplot.quoted(entry.name)) at screen \(x(42)),\(y) left
        """
    }.joined(separator: "\n")
  }
}
