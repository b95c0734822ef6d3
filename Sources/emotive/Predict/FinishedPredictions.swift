import ArgumentParser
import Corpora
import Foundation
import Recognition
import Storage

/// What an earlier run with the same output has finished, and is kept of it; recordings that failed, and a line that it did
/// not finish, are taken off, to be done again.
struct FinishedPredictions: FinishedRecordings {
  /// Whether there was the header of comma-separated values.
  private(set) var hasHeader = false
  /// Whether no line is kept.
  var isEmpty: Bool { paths.isEmpty && !hasHeader }
  /// How often each path is there, by a hash of its bytes: a million of them take 30 MB.
  private var paths: [Int: Int32] = [:]
  /// What the file is called in messages.
  private var name: String
  private let form: PredictionForm
  private let manifest: BundleManifest

  /// Reads the lines that wait for a file, or the file itself where it is there already; what is kept then waits for it.
  ///
  /// - throws: `ValidationError` for a file that is no output of this command with this bundle.
  init(_ output: String, form: PredictionForm, manifest: BundleManifest) throws {
    name = "--output \(output)"
    self.form = form
    self.manifest = manifest
    let place = OutputPlace(output)
    guard let partial = place.partial, let copied = place.partialCopy else {
      throw ValidationError(
        "\(name): --resume continues a file, but this is a device or a pipe; leave out --resume")
    }
    let files = FileManager.default
    guard [partial, place.path].contains(where: { files.fileExists(atPath: $0) }) else { return }
    // Held until all is copied; whoever comes between then and the first line finds the lines whole.
    let claim = try place.claimPartial()
    defer { try? claim?.close() }
    // Where none waits, a run may have been ended while it copied what is finished.
    let size = try claim?.seekToEnd() ?? 0
    let earlier = size > 0 || !files.fileExists(atPath: place.path) ? partial : place.path
    var isDone = false
    defer { if !isDone, earlier != partial { unlink(partial) } }
    if earlier == partial { name += " (\(partial), left by an interrupted run)" }
    // Nothing is changed before all lines are known to be this command's.
    do {
      let descriptor = OutputPlace(earlier).openSuccessor(copied, O_WRONLY | O_TRUNC)
      guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      try copy(earlier, to: FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
      guard rename(copied, partial) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      isDone = true
    } catch {
      unlink(copied)
      throw readable(error, path: name)
    }
  }

  /// Whether a path is finished; each answer of true counts once.
  mutating func accounts(for path: String) -> Bool {
    let key = Self.key(path)
    guard let count = paths[key] else { return false }
    paths[key] = count > 1 ? count - 1 : nil
    return true
  }

  /// Strings are equal, and so are their hashes, where they are other bytes for the same letters: but names of other files.
  private static func key(_ path: String) -> Int { Array(path.utf8).hashValue }

  /// Copies all whole records but those of recordings that failed.
  private mutating func copy(_ earlier: String, to handle: FileHandle) throws {
    guard let file = fopen(earlier, "re") else {
      throw CocoaError(.fileReadUnknown, userInfo: [NSFilePathErrorKey: earlier])
    }
    var buffer: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer {
      free(buffer)
      fclose(file)
    }
    var number = 0
    var (record, waiting) = (Data(), Data())
    while true {
      try Interruption.check()
      let count = getline(&buffer, &capacity, file)
      guard count > 0, let buffer else { break }
      record += UnsafeRawBufferPointer(start: buffer, count: count)
      number += 1
      guard record.last == UInt8(ascii: "\n") else { break }
      // A field of comma-separated values may hold line ends between its quotes.
      if form == .csv, record.count(where: { $0 == UInt8(ascii: "\"") }) % 2 == 1 { continue }
      if try isKept(String(decoding: record.dropLast(), as: UTF8.self), number) { waiting += record }
      record = Data()
      if waiting.count > 1 << 20 {
        try handle.write(contentsOf: waiting)
        waiting = Data()
      }
    }
    try handle.write(contentsOf: waiting)
    try handle.close()
  }

  private mutating func isKept(_ text: String, _ number: Int) throws -> Bool {
    if form == .csv, !hasHeader, text + "\n" == PredictionWriter(form: .csv, manifest: manifest).header {
      hasHeader = true
      return true
    }
    let advice = "name another --output, or leave out --resume to start again"
    guard let line = form == .csv ? values(text) : (try? JSON.decode(Line.self, from: Data(text.utf8)))
    else {
      throw ValidationError(
        "\(name), line \(number): this is not a result of `emotive predict --\(form == .csv ? "csv" : "json")` "
          + "with the classes of the bundle \(manifest.name); \(advice)")
    }
    guard line.bundle == manifest.name else {
      throw ValidationError(
        "\(name), line \(number): this is a result of the bundle \"\(line.bundle)\", and not of "
          + "\"\(manifest.name)\"; give the same --bundle, \(advice)")
    }
    if line.error == nil { paths[Self.key(line.file), default: 0] += 1 }
    return line.error == nil
  }

  private struct Line: Decodable {
    let file: String
    let bundle: String
    let error: String?
  }

  /// A record of comma-separated values as ``PredictionWriter`` writes it; nil for others, and where no header came first.
  private func values(_ text: String) -> Line? {
    let fields = (try? CSV.parse(Data(text.utf8)).first?.fields) ?? []
    guard hasHeader, fields.count == manifest.labels.count + 5 else { return nil }
    let error = fields[fields.count - 2]
    return Line(file: fields[0], bundle: fields[fields.count - 1], error: error.isEmpty ? nil : error)
  }
}
