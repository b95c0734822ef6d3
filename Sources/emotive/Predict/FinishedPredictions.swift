import ArgumentParser
import Corpora
import Foundation
import Recognition

/// What an earlier run with the same output has finished; a line that it did not finish is taken off the file.
final class FinishedPredictions {
  /// The number of recordings.
  private(set) var count = 0
  /// Whether there was the header of comma-separated values.
  private(set) var hasHeader = false
  /// How often each path is there, by a hash: a million of them take 30 MB.
  private var paths: [Int: Int32] = [:]
  private let form: PredictionForm
  private let manifest: BundleManifest
  private let failed: (String, String) -> Void

  /// Reads the lines that wait for a file, or the file itself where it is there already.
  ///
  /// - parameter failed: takes each recording that had to be left out, with the reason.
  /// - throws: `ValidationError` for a file that is no output of this command with this bundle.
  init(
    _ output: String, form: PredictionForm, manifest: BundleManifest, failed: @escaping (String, String) -> Void
  ) throws {
    self.form = form
    self.failed = failed
    self.manifest = manifest
    let partial = TextOutput.partial(output)
    let files = FileManager.default
    if !files.fileExists(atPath: partial) {
      guard files.fileExists(atPath: output) else { return }
      try files.copyItem(atPath: output, toPath: partial)
    }
    let whole = try read(partial)
    try FileHandle(forUpdating: URL(filePath: partial)).truncate(atOffset: UInt64(whole))
  }

  /// Whether a path is finished; each answer of true counts once.
  func remove(_ path: String) -> Bool {
    guard let count = paths[path.hashValue] else { return false }
    paths[path.hashValue] = count > 1 ? count - 1 : nil
    return true
  }

  /// Reads all whole records; returns the number of bytes that they take.
  private func read(_ path: String) throws -> Int {
    guard let file = fopen(path, "re") else { throw CocoaError(.fileReadUnknown, userInfo: [NSFilePathErrorKey: path]) }
    var buffer: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer {
      free(buffer)
      fclose(file)
    }
    var (whole, number) = (0, 0)
    var record: [UInt8] = []
    while true {
      let count = getline(&buffer, &capacity, file)
      guard count > 0, let buffer else { return whole }
      record += UnsafeRawBufferPointer(start: buffer, count: count)
      number += 1
      guard record.last == UInt8(ascii: "\n") else { return whole }
      // A field of comma-separated values may hold line ends between its quotes.
      if form == .csv, record.count(where: { $0 == UInt8(ascii: "\"") }) % 2 == 1 { continue }
      let text = String(decoding: record.dropLast(), as: UTF8.self)
      guard form == .csv ? readCSV(text) : readJSON(text) else {
        throw ValidationError(
          "\(path), line \(number): this is no result of `emotive predict \(form == .csv ? "--csv" : "--json")` with the "
            + "bundle \(manifest.name); name another --output, or leave out --resume to begin anew")
      }
      whole += record.count
      record = []
    }
  }

  private struct Line: Decodable {
    let file: String
    let bundle: String
    let error: String?
  }

  private func readJSON(_ text: String) -> Bool {
    guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)), line.bundle == manifest.name else {
      return false
    }
    add(line.file, line.error)
    return true
  }

  private func readCSV(_ text: String) -> Bool {
    guard hasHeader else {
      hasHeader = true
      return text + "\n" == PredictionWriter(form: .csv, manifest: manifest).header
    }
    let fields = (try? CSV.parse(Data(text.utf8)).first?.fields) ?? []
    guard fields.count == manifest.labels.count + 3 else { return false }
    add(fields[0], fields[fields.count - 1].isEmpty ? nil : fields[fields.count - 1])
    return true
  }

  private func add(_ file: String, _ error: String?) {
    count += 1
    paths[file.hashValue, default: 0] += 1
    if let error { failed(file, error) }
  }
}
