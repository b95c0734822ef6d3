import Foundation

extension OutputPlace {
  /// The name under which the lines for a file wait until it is whole; nil for what is written to directly.
  package var partial: String? { isSpecial ? nil : path + ".part" }
  /// The name under which lines are copied that are then to wait; it belongs to whoever has claimed those that wait.
  package var partialCopy: String? { partial.map { $0 + ".new" } }

  /// Opens the waiting lines, which are then this process's alone until the handle is closed, where the file system has
  /// locks; missing folders are made.
  ///
  /// - returns: the handle; nil for what is written to directly.
  /// - throws: `OutputBusy` where another process has them, and the file system's errors.
  package func claimPartial() throws -> FileHandle? {
    guard let partial else { return nil }
    let folder = URL(filePath: partial).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    while true {
      let descriptor = openSuccessor(partial, O_RDWR)
      guard descriptor >= 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO, userInfo: [NSFilePathErrorKey: partial])
      }
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      // Where the file system has no locks, as on some clusters, nobody is kept apart; but that is no other process.
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else { throw OutputBusy(path: path) }
      // Another process may have put the file in its place between our opening and our locking it.
      var (opened, named) = (stat(), stat())
      if fstat(descriptor, &opened) == 0, stat(partial, &named) == 0, opened.st_ino == named.st_ino { return handle }
    }
  }

  /// Whether another process has claimed the waiting lines, which are not claimed by asking.
  package var isPartialClaimed: Bool {
    guard let partial else { return false }
    let descriptor = open(partial, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}

/// An output that another process is writing.
package struct OutputBusy: DescribedError {
  let path: String
  /// What was wrong and what to do.
  package var description: String {
    "\(path): another run is writing this file; wait until it is done, or name another"
  }
}
