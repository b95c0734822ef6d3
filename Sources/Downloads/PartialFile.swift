import Foundation
import Storage

/// A file on its way, `NAME.part` beside its final place, which no other process writes to meanwhile.
final class PartialFile {
  let url: URL
  private let target: URL
  private let handle: FileHandle
  private var isFinished = false

  /// Opens what an earlier try has left, or a new file.
  ///
  /// - throws: `DownloadError` where another process has it, or it cannot be written.
  init(for target: URL) throws {
    let place = OutputPlace(target.path)
    self.target = URL(filePath: place.path)
    do {
      guard let partial = place.partial, let handle = try place.claimPartial() else {
        throw CocoaError(.fileWriteFileExists)
      }
      (url, self.handle) = (URL(filePath: partial), handle)
    } catch is OutputBusy {
      throw DownloadError(
        target.path, "another process is downloading this file", advice: "Wait until it is done, then try again")
    } catch {
      throw Self.failure(target, error.localizedDescription)
    }
  }

  deinit {
    // Nothing to go on with.
    if !isFinished, byteCount == 0 { unlink(url.path) }
  }

  /// How much has arrived, in bytes.
  var byteCount: Int { Int(lseek(handle.fileDescriptor, 0, SEEK_END)) }

  func append(_ data: Data) throws {
    do {
      try handle.seekToEnd()
      try handle.write(contentsOf: data)
    } catch {
      throw Self.failure(target, error.localizedDescription)
    }
  }

  /// Drops all that has arrived.
  func clear() throws {
    guard ftruncate(handle.fileDescriptor, 0) == 0 else { throw Self.failure(target) }
  }

  /// Gives the file its final name.
  func finish() throws {
    guard fsync(handle.fileDescriptor) == 0, rename(url.path, target.path) == 0 else { throw Self.failure(target) }
    isFinished = true
  }

  private static func failure(_ target: URL, _ reason: String = String(cString: strerror(errno))) -> DownloadError {
    DownloadError(
      target.path, "cannot be written: \(reason)", advice: "Check the folder, its permissions and the free space")
  }
}
