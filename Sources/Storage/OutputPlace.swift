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

  /// Writes a whole file, beside its place and then renamed; missing folders are made.
  ///
  /// - throws: the file system's errors.
  package func write(_ data: Data) throws {
    let file = URL(filePath: path)
    if !isSpecial {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    try data.write(to: file, options: isSpecial ? [] : .atomic)
  }
}
