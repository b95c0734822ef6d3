import Evaluation
import Foundation

extension Report {
  /// Whether a file or folder of this name is one that a report is written as.
  package static func isOwn(_ name: String) -> Bool {
    ["index.html", "report.md", "report.json", "figures"].contains(name)
  }

  /// Writes the report into a folder: `index.html`, which needs nothing beside it, `report.md` with its pictures in
  /// `figures`, and `report.json`.
  ///
  /// All is made beside the folder, which it then replaces.
  ///
  /// - throws: `FigureError` where gnuplot is missing, or the file system's error.
  public func write(to folder: URL) throws {
    let files = FileManager.default
    let work = folder.deletingLastPathComponent().appending(path: ".\(folder.lastPathComponent)-\(UUID().uuidString)")
    let figures = work.appending(path: "figures")
    try files.createDirectory(at: figures, withIntermediateDirectories: true)
    defer { try? files.removeItem(at: work) }

    let document = try Document(self, figures: ReportFigures(folder: figures))
    try Data(document.html(figures: figures).utf8).write(to: work.appending(path: "index.html"))
    try Data(document.markdown.utf8).write(to: work.appending(path: "report.md"))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(self).write(to: work.appending(path: "report.json"))

    // A folder that is not empty cannot be replaced in one step: the old one steps aside until the new one stands.
    let old = work.appendingPathExtension("old")
    let isThere = files.fileExists(atPath: folder.path)
    if isThere { try files.moveItem(at: folder, to: old) }
    do {
      try files.moveItem(at: work, to: folder)
    } catch {
      if isThere { try? files.moveItem(at: old, to: folder) }
      throw error
    }
    try? files.removeItem(at: old)
  }
}
