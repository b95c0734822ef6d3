import Foundation
import Storage

/// Where results go line by line: standard output, a device or a pipe; or a file, which is written beside its place and
/// renamed at the end.
final class TextOutput {
  /// Where the lines wait until the file is whole; nil where they do not wait.
  let partial: String?
  private let place: OutputPlace?
  private let name: String
  private let handle: FileHandle

  /// - parameter path: the file; nil for standard output.
  /// - parameter isContinued: whether lines that wait already are kept.
  init(_ path: String?, isContinued: Bool = false) throws {
    name = path ?? "standard output"
    place = path.map { OutputPlace($0) }
    partial = place?.partial
    if let waiting = try place?.claimPartial() {
      handle = waiting
      if !isContinued { try handle.truncate(atOffset: 0) }
      try handle.seekToEnd()
    } else {
      handle = try place.map { try FileHandle(forWritingTo: URL(filePath: $0.path)) } ?? .standardOutput
    }
  }

  func write(_ text: String) throws {
    if text.isEmpty { return }
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw readable(error, path: name)
    }
  }

  /// Puts the file in its place.
  func finish() throws {
    guard let partial, let place else { return }
    // Closed behind it: until then nobody else can take the name.
    guard rename(partial, place.path) == 0 else {
      throw readable(POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO), path: name)
    }
    try handle.close()
  }

  /// Throws the lines away.
  func discard() {
    if let partial { unlink(partial) }
  }
}
