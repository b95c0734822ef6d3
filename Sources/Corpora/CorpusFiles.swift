import Audio
import Foundation

/// A file below a corpus's folder, with the parts of its path that readers look at.
struct CorpusFile {
  /// The path's parts below the corpus's folder; never empty.
  let components: [String]
  /// The absolute path.
  let path: String
  /// Why it cannot be read, be it what it may; nil for a regular file.
  var obstacle: String?

  private var name: String { components[components.count - 1] }
  /// The name without its extension.
  var stem: String { (name as NSString).deletingPathExtension }
  /// The extension in lower case.
  var fileExtension: String { (name as NSString).pathExtension.lowercased() }
  /// The name of the folder that the file is in, empty directly in the corpus's folder.
  var folder: String { components.dropLast().last ?? "" }

  private static let badFolder = "the folder's name is not UTF-8; rename it"
  private static let lockedFolder = "the folder cannot be read; check its permissions"

  var isAudio: Bool { AudioFile.extensions.contains(fileExtension) }
  /// Of two copies of one recording, the one that lost nothing is to be kept.
  var isLossy: Bool { ["mp3", "ogg", "oga", "opus"].contains(fileExtension) }

  /// Whether somebody who looks for recordings misses one here.
  var isLostRecording: Bool {
    obstacle == Self.badFolder || obstacle == Self.lockedFolder || (obstacle != nil && isAudio)
  }

  /// Every file below `directory` that is not hidden, sorted by path; links are followed, each folder once.
  static func all(below directory: String) throws -> [CorpusFile] {
    // Its files have one name, however the folder is written: whoever goes on with earlier work compares it.
    var directory = directory
    while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) else {
      throw CorpusError("\(directory): there is no such folder")
    }
    guard isDirectory.boolValue else {
      throw CorpusError("\(directory): expected a folder, found a file")
    }
    var files: [CorpusFile] = []
    var visited: Set<String> = []
    guard collect(directory, components: [], into: &files, visited: &visited) else {
      throw CorpusError("\(directory): \(lockedFolder)")
    }
    return files.sorted { $0.path < $1.path }
  }

  /// - returns: whether the folder could be read.
  private static func collect(
    _ directory: String, components: [String], into files: inout [CorpusFile], visited: inout Set<String>
  ) -> Bool {
    guard visited.insert(URL(fileURLWithPath: directory).resolvingSymlinksInPath().path).inserted else { return true }
    guard let entries = entries(of: directory) else { return false }
    // Sorted, so that of two links to one folder always the same one is followed.
    for entry in entries.sorted(by: { $0.name < $1.name }) where !entry.name.hasPrefix(".") {
      let path = directory == "/" ? "/\(entry.name)" : "\(directory)/\(entry.name)"
      var file = CorpusFile(components: components + [entry.name], path: path)
      switch (entry.kind, entry.isUTF8) {
      case (S_IFDIR, true):
        if collect(path, components: file.components, into: &files, visited: &visited) { continue }
        file.obstacle = lockedFolder
      case (S_IFDIR, false): file.obstacle = badFolder
      case (S_IFREG, true): break
      case (S_IFREG, false): file.obstacle = "the file's name is not UTF-8; rename it"
      case (nil, _): file.obstacle = "a link that leads nowhere"
      default: file.obstacle = "not a file but a pipe, socket or device"
      }
      files.append(file)
    }
    return true
  }

  /// What a folder holds, with the kind of what links lead to; nil where it cannot be read. Foundation would leave out names
  /// that are not UTF-8.
  private static func entries(of directory: String) -> [(name: String, isUTF8: Bool, kind: mode_t?)]? {
    guard let stream = opendir(directory) else { return nil }
    defer { closedir(stream) }
    var entries: [(name: String, isUTF8: Bool, kind: mode_t?)] = []
    while let entry = readdir(stream) {
      withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) { name in
          var status = stat()
          let kind: mode_t? = fstatat(dirfd(stream), name, &status, 0) == 0 ? status.st_mode & S_IFMT : nil
          entries.append((String(cString: name), String(validatingCString: name) != nil, kind))
        }
      }
    }
    return entries
  }
}

extension AudioFile {
  /// The sound files below a folder, by their extensions, sorted by path; hidden ones are passed over.
  ///
  /// - returns: the files, and what would be one but cannot be read: pipes, folders without permission, and names that are
  ///   not UTF-8.
  /// - throws: ``CorpusError`` where the folder is missing or cannot be read.
  public static func all(below directory: String) throws -> (files: [String], leftOut: [SkippedFile]) {
    let found = try CorpusFile.all(below: directory)
    return (
      found.filter { $0.isAudio && $0.obstacle == nil }.map(\.path),
      found.filter(\.isLostRecording).map { SkippedFile(path: $0.path, reason: $0.obstacle ?? "") }
    )
  }
}
