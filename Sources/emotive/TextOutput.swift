import ArgumentParser
import Foundation
import Storage

/// Where results go line by line: standard output, a device or a pipe; or a file, which is written beside its place and
/// renamed at the end.
final class TextOutput {
  /// What becomes of lines that wait already, as a run that was ended has left them.
  enum Waiting { case kept, refused, overwritten }

  /// Where the lines wait until the file is whole; nil where they do not wait.
  let partial: String?
  private let place: OutputPlace?
  private let name: String
  private let handle: FileHandle

  /// - parameter path: the file; nil for standard output.
  /// - throws: `ValidationError` where lines wait and are refused, `OutputBusy`, and the file system's errors.
  init(_ path: String?, waiting: Waiting = .overwritten) throws {
    let output = path.map { OutputPlace($0) }
    name = path ?? "standard output"
    place = output
    partial = output?.partial
    if let claim = try output?.claimPartial() {
      handle = claim
      try prepare(waiting)
    } else {
      handle = try output.map { try FileHandle(forWritingTo: URL(filePath: $0.path)) } ?? .standardOutput
    }
  }

  /// Makes ready for the first line.
  private func prepare(_ waiting: Waiting) throws {
    // Of a run that was ended while it copied; nobody else copies while the lines are this one's.
    if let copied = place?.partialCopy { unlink(copied) }
    let size = try handle.seekToEnd()
    switch waiting {
    case .kept: break
    case .refused where size > 0:
      throw ValidationError(
        "--output \(name): \(partial ?? name) holds lines of an interrupted run; --resume continues from them; "
          + "delete it to start again")
    case .refused, .overwritten: try handle.truncate(atOffset: 0)
    }
  }

  /// Writes text, and ends the program as a success where nobody reads standard output any more.
  func write(_ text: String) throws {
    if text.isEmpty { return }
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      // Where the signal of it is ignored, as by systemd: a reader who has gone, as `head` does, has what it wanted.
      if place == nil, systemCode(error) == EPIPE { throw ExitCode.success }
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
