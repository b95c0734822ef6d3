import Foundation

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
  }

  /// Draws accuracy above loss by epoch: solid for validation, dashed for training, a colour for each network.
  ///
  /// - Parameters:
  ///   - curves: at least one, with at least one value.
  ///   - title: what was trained and by which protocol.
  ///   - destination: a `.png` or `.svg`; a file there is replaced.
  /// - Throws: `FigureError`, or the file system's error.
  public static func curves(_ curves: [Curve], title: String, to destination: URL) throws {
    let accuracy = panel(curves, training: \.trainingAccuracy, validation: \.validationAccuracy, data: "accuracy")
    let loss = panel(curves, training: \.trainingLoss, validation: \.validationLoss, data: "loss")
    let panels = [(accuracy, "accuracy", "[0:1]"), (loss, "loss", "[0:*]")].filter { !$0.0.plots.isEmpty }
    guard !panels.isEmpty else { throw FigureError.data("there is no epoch to draw") }
    let epochs =
      curves.flatMap { [$0.trainingAccuracy, $0.validationAccuracy, $0.trainingLoss, $0.validationLoss] }
      .map(\.count).max() ?? 1
    let longest = curves.map(\.name.count).max() ?? 0
    let keyWidth = 170 + 9 * longest
    let width = 640 + keyWidth
    let titleLines = Gnuplot.lines(title, width: width / 11)
    let top = 30 + 22 * titleLines.count
    let size = (width: width, height: top + 330 * panels.count)
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500].first { epochs <= 12 * $0 } ?? 1000
    var script = """
      set multiplot layout \(panels.count),1 title \(Gnuplot.quoted(titleLines)) \
      font ',13' margins \(80 / Double(size.width)),\(600 / Double(size.width)),\(60 / Double(size.height)),\
      \(1 - Double(top) / Double(size.height)) spacing \(70 / Double(size.height))
      set xrange [\(epochs == 1 ? "0.5:1.5" : "1:\(epochs)")]
      set xtics \(step)
      set xtics add (1)
      set grid linetype 1 linecolor rgb '#dddddd'
      set key outside right top Left reverse samplen 3
      set xlabel 'epoch' offset 0,0.4
      set ylabel offset 0.5,0

      """
    for (panel, name, range) in panels {
      script +=
        panel.blocks + "set ylabel '\(name)'\nset yrange \(range)\nplot \(panel.plots.joined(separator: ", "))\n"
    }
    try Gnuplot.draw(script + "unset multiplot", size: size, to: destination)
  }

  /// Data blocks and plot clauses of one panel.
  private static func panel(
    _ curves: [Curve], training: KeyPath<Curve, [Double]>, validation: KeyPath<Curve, [Double]>, data: String
  ) -> (blocks: String, plots: [String]) {
    // Okabe and Ito's colours, which the colour-blind can tell apart.
    let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"]
    var blocks = ""
    var plots: [String] = []
    for (index, curve) in curves.enumerated() {
      for (part, values, style) in [
        ("validation", curve[keyPath: validation], "dashtype 1 linewidth 2.5"),
        ("training", curve[keyPath: training], "dashtype 2 linewidth 1.5"),
      ] where !values.isEmpty {
        let block = "$\(data)_\(part)_\(index)"
        let points = values.enumerated().map { "\($0 + 1) \($1.isFinite ? "\($1)" : "NaN")" }.joined(separator: "\n")
        blocks += "\(block) << EOD\n\(points)\nEOD\n"
        // A line through one epoch has no length: it gets a point.
        let mark = values.count == 1 ? "linespoints pointtype 7" : "lines"
        plots.append(
          "\(block) using 1:2 with \(mark) \(style) linecolor rgb '\(colours[index % colours.count])' "
            + "title \(Gnuplot.quoted("\(curve.name), \(part)"))")
      }
    }
    return (blocks, plots)
  }
}
