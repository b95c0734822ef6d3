import Evaluation
import Foundation
import Storage

extension Report {
  /// Whether a file or folder of this name is one that a report is written as.
  package static func isOwn(_ name: String) -> Bool {
    ["index.html", "report.md", "report.json", "figures"].contains(name)
  }

  /// Writes the report into a folder: `index.html`, which needs nothing beside it, `report.md` with its pictures in
  /// `figures`, and `report.json`.
  ///
  /// All is made beside the folder, of which it then takes the place.
  ///
  /// - throws: `FigureError` where gnuplot is missing, or the file system's error.
  public func write(to folder: URL) throws {
    try replaceFolder(folder) { work in
      let figures = work.appending(path: "figures")
      try FileManager.default.createDirectory(at: figures, withIntermediateDirectories: false)
      let document = try Document(self, figures: ReportFigures(folder: figures))
      try Data(document.html(figures: figures).utf8).write(to: work.appending(path: "index.html"))
      try Data(document.markdown.utf8).write(to: work.appending(path: "report.md"))
      try JSON.encode(self).write(to: work.appending(path: "report.json"))
    }
  }
}
