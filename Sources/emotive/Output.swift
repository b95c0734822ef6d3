import ArgumentParser
import Audio
import Corpora
import Foundation

/// Text for people beside the result, on standard error, so that standard output can be piped on.
func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// Any value as JSON with sorted keys.
func json(_ value: some Encodable, pretty: Bool = true) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting =
    pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(value)
}

/// Writes a file beside its place and renames it; missing folders are made.
func write(_ data: Data, to path: String) throws {
  let file = URL(filePath: path)
  try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
  try data.write(to: file, options: .atomic)
}

/// A number with three decimals, as metrics are shown.
func decimals(_ value: Double, _ count: Int = 3) -> String { String(format: "%.\(count)f", value) }

/// Recordings that had to be left out, reported one by one and listed again at the end.
struct LeftOut {
  /// How many there are.
  private(set) var count = 0
  /// The first of them; a million would not fit on any screen.
  private var lines: [String] = []

  /// Reports a recording at once.
  mutating func add(_ path: String, _ error: any Error) {
    let line = add(path, reason: "\(error)")
    note("left out: \(line)")
  }

  /// Counts a recording that an earlier run has reported.
  @discardableResult
  mutating func add(_ path: String, reason: String) -> String {
    let line = reason.hasPrefix(path) ? reason : "\(path): \(reason)"
    count += 1
    if lines.count < 100 { lines.append(line) }
    return line
  }

  /// Lists what was left out.
  ///
  /// - throws: exit status 1, unless bad recordings are to be skipped.
  func finish(skipBad: Bool) throws {
    guard count > 0 else { return }
    if count > 1 {
      note("\n\(count) recordings were left out:")
      for line in lines { note("  \(line)") }
      if count > lines.count { note("  and \(count - lines.count) more, which are named above") }
    }
    if !skipBad {
      note("The exit status is 1 for this reason; --skip-bad makes it 0.")
      throw ExitCode(1)
    }
  }
}

/// The files named, and the sound files below the folders named.
///
/// - throws: `ValidationError` where there are none.
func soundFiles(_ inputs: [String]) throws -> [String] {
  let files = try inputs.flatMap { input in
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: input, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? try AudioFile.all(below: input) : [input]
  }
  guard !files.isEmpty else {
    let extensions = AudioFile.extensions.sorted().joined(separator: ", ")
    throw ValidationError(
      "no recordings in \(inputs.joined(separator: ", ")); expected files with the extensions \(extensions)")
  }
  return files
}
