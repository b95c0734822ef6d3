import Foundation

/// Where results go line by line: standard output, or a file, which is written beside its place and renamed at the end.
final class TextOutput {
  /// Where the lines wait until the file is whole; nil for standard output.
  let partial: String?
  private let path: String?
  private let handle: FileHandle

  /// The name under which the lines for a file wait.
  static func partial(_ path: String) -> String { path + ".part" }

  /// - parameter path: the file; nil for standard output.
  /// - parameter isContinued: whether lines that wait already are kept.
  init(_ path: String?, isContinued: Bool = false) throws {
    self.path = path
    partial = path.map(Self.partial)
    guard let partial else {
      handle = .standardOutput
      return
    }
    if !isContinued { try emotive.write(Data(), to: partial) }
    handle = try FileHandle(forWritingTo: URL(filePath: partial))
    try handle.seekToEnd()
  }

  func write(_ text: String) throws {
    if text.isEmpty { return }
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      throw readable(error, path: path ?? "standard output")
    }
  }

  /// Puts the file in its place.
  func finish() throws {
    guard let path, let partial else { return }
    try handle.close()
    guard rename(partial, path) == 0 else {
      throw readable(POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO), path: path)
    }
  }

  /// Throws the lines away.
  func discard() {
    if let partial { unlink(partial) }
  }
}
