import Foundation

/// A file on its way, `NAME.part` beside its final place, which no other process writes to meanwhile.
final class PartialFile {
  let url: URL
  private let target: URL
  private let descriptor: Int32
  private var isOurs = false

  /// Opens what an earlier try has left, or a new file.
  init(for target: URL) throws {
    self.target = target
    url = target.deletingLastPathComponent().appending(path: target.lastPathComponent + ".part")
    try Self.attempt(target) {
      try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    descriptor = open(url.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(target) }
    // Another process may have finished the file between our opening and our locking it.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, isStillThere else {
      throw DownloadError(
        target.path, "another process is downloading this file", advice: "Wait until it is done, then try again")
    }
    isOurs = true
  }

  deinit {
    guard descriptor >= 0 else { return }
    // Nothing to go on with.
    if isOurs, byteCount == 0 { unlink(url.path) }
    close(descriptor)
  }

  private var isStillThere: Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && stat(url.path, &named) == 0 && opened.st_ino == named.st_ino
  }

  /// How much has arrived, in bytes.
  var byteCount: Int { Int(lseek(descriptor, 0, SEEK_END)) }

  func append(_ data: Data) throws {
    try Self.attempt(target) {
      try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: data)
    }
  }

  /// Drops all that has arrived.
  func clear() throws {
    guard ftruncate(descriptor, 0) == 0 else { throw Self.failure(target) }
  }

  /// Gives the file its final name.
  func finish() throws {
    guard fsync(descriptor) == 0, rename(url.path, target.path) == 0 else { throw Self.failure(target) }
    isOurs = false
  }

  private static func attempt(_ target: URL, _ body: () throws -> Void) throws {
    do { try body() } catch { throw failure(target, error.localizedDescription) }
  }

  private static func failure(_ target: URL, _ reason: String = String(cString: strerror(errno))) -> DownloadError {
    DownloadError(
      target.path, "cannot be written: \(reason)", advice: "Check the folder, its permissions and the free space")
  }
}
