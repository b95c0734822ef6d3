import Foundation

/// Makes a folder beside its place and then puts it there; one that is there steps aside, and goes once the new one stands.
///
/// - Parameters:
///   - folder: its place; missing folders above it are made.
///   - fill: writes what belongs into it.
/// - throws: what `fill` throws, and the file system's errors; the old folder then stays.
package func replaceFolder(_ folder: URL, by fill: (URL) throws -> Void) throws {
  let files = FileManager.default
  let name = ".\(folder.lastPathComponent)-\(UUID().uuidString)"
  let work = folder.deletingLastPathComponent().appending(path: name)
  defer { try? files.removeItem(at: work) }
  try files.createDirectory(at: work, withIntermediateDirectories: true)
  try fill(work)
  // A folder that is not empty cannot be replaced in one step.
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
