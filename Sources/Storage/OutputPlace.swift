import Foundation

/// Where an output that a person named is written, so that links stay links, and devices and pipes what they are.
package struct OutputPlace {
  /// The file itself, behind all symbolic links.
  package let path: String
  /// Whether something is there that is no regular file, such as a device or a pipe: a file that was written beside it and
  /// renamed would take its place, so it is written to directly.
  package let isSpecial: Bool

  /// - parameter path: the output as it was named.
  package init(_ path: String) {
    var status = stat()
    isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    var place = path
    // Only links to files: that of /dev/stdout may be no path. A circle of links leads nowhere, and is replaced.
    for _ in 0..<40 where !isSpecial {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: place) else { break }
      let folder = place.lastIndex(of: "/").map { place[...$0] } ?? ""
      place = target.hasPrefix("/") ? target : folder + target
    }
    self.path = place
  }

  /// The permissions of the file that is there, which what takes its place takes over; nil where there is none.
  ///
  /// Its owner may always read and write: a run that was ended is gone on with in the file itself.
  private var permissions: mode_t? {
    var status = stat()
    guard !isSpecial, stat(path, &status) == 0 else { return nil }
    return status.st_mode & 0o777 | 0o600
  }

  /// Opens a file that is to take this one's place; it has the same permissions from the beginning.
  ///
  /// - parameter flags: as `open` has them, beside those that make a missing file and close it in other programs.
  /// - returns: the descriptor, as of `open`.
  package func openSuccessor(_ successor: String, _ flags: Int32) -> Int32 {
    let permissions = permissions
    let descriptor = open(successor, flags | O_CREAT | O_CLOEXEC, permissions ?? 0o666)
    // The process's mask may have taken some away, and what an earlier run has left has its own.
    if descriptor >= 0, let permissions { fchmod(descriptor, permissions) }
    return descriptor
  }

  /// Writes a whole file, beside its place and then renamed; missing folders are made.
  ///
  /// - throws: `OutputUnwritable`, and the file system's errors.
  package func write(_ data: Data) throws {
    let file = URL(filePath: path)
    guard !isSpecial else { return try data.write(to: file) }
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let successor = "\(path).\(UUID().uuidString).part"
    let descriptor = openSuccessor(successor, O_WRONLY | O_EXCL)
    guard descriptor >= 0 else { throw OutputUnwritable(path: path, code: errno) }
    defer { close(descriptor) }
    guard Self.write(data, to: descriptor), fsync(descriptor) == 0, rename(successor, path) == 0 else {
      let code = errno
      unlink(successor)
      throw OutputUnwritable(path: path, code: code)
    }
  }

  /// - returns: whether all has been written.
  private static func write(_ data: Data, to descriptor: Int32) -> Bool {
    data.withUnsafeBytes { bytes in
      var rest = bytes
      while rest.count > 0 {
        let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      return true
    }
  }
}

/// An output that cannot be written.
package struct OutputUnwritable: DescribedError {
  let path: String
  /// The C library's number of the reason.
  let code: Int32
  /// What was wrong and what to do.
  package var description: String {
    "\(path): cannot be written: \(String(cString: strerror(code))). Check the folder, its permissions and the free space."
  }
}
