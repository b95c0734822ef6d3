/// Figures in files, drawn by gnuplot: PNG or SVG by the path's extension, each put in place in one step.
public enum Figure {
  /// Sees before the work that figures can be drawn after it.
  ///
  /// - throws: `FigureError.gnuplotMissing`.
  public static func checkAvailable() throws {
    guard Gnuplot.executable("gnuplot") != nil else { throw FigureError.gnuplotMissing }
  }
}
