import ArgumentParser
import Audio
import Corpora
import Foundation
import Storage

/// Text for people beside the result, on standard error, so that standard output can be piped on.
func note(_ text: String) { StandardStreams.write(error: text + "\n") }

/// Writes a file beside its place and renames it; missing folders are made. Links are followed, and devices written to.
func write(_ data: Data, to path: String) throws { try OutputPlace(path).write(data) }

/// Writes a value as JSON, laid out for people.
func writeJSON(_ value: some Encodable, to path: String) throws {
  try write(JSON.encode(value, pretty: true), to: path)
}

/// Recordings that had to be left out, reported one by one and listed again at the end.
struct LeftOut {
  /// How many there are.
  private(set) var count = 0
  /// The first of them; a million would not fit on any screen.
  private var lines: [String] = []

  /// Reports a recording at once.
  mutating func add(_ path: String, _ error: any Error) { add(path, reason: "\(readable(error, recording: path))") }

  mutating func add(_ path: String, reason: String) {
    let line = escaped(reason.hasPrefix(path) ? reason : "\(path): \(reason)")
    count += 1
    if lines.count < 100 { lines.append(line) }
    note("left out: \(line)")
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

/// The files named, and the sound files below the folders named; what cannot be read there is left out.
///
/// - throws: `Failure` where there are none.
func soundFiles(_ inputs: [String], _ leftOut: inout LeftOut) throws -> [String] {
  var files: [String] = []
  for input in inputs {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: input, isDirectory: &isFolder), isFolder.boolValue else {
      files.append(input)
      continue
    }
    let found = try AudioFile.all(below: input)
    files += found.files
    for file in found.leftOut { leftOut.add(file.path, reason: file.reason) }
  }
  guard !files.isEmpty || leftOut.count > 0 else {
    let extensions = AudioFile.extensions.sorted().joined(separator: ", ")
    throw Failure(
      "no recordings in \(inputs.joined(separator: ", ")); expected files with the extensions \(extensions)")
  }
  return files
}
