import Audio
import Foundation

/// A file below a corpus's folder, with the parts of its path that readers look at.
struct CorpusFile {
  /// The path's parts below the corpus's folder; never empty.
  let components: [String]
  /// The absolute path.
  let path: String

  private var name: String { components[components.count - 1] }
  /// The name without its extension.
  var stem: String { (name as NSString).deletingPathExtension }
  /// The extension in lower case.
  var fileExtension: String { (name as NSString).pathExtension.lowercased() }
  /// The name of the folder that the file is in, empty directly in the corpus's folder.
  var folder: String { components.dropLast().last ?? "" }

  var isAudio: Bool { AudioFile.extensions.contains(fileExtension) }
  /// Of two copies of one recording, the one that lost nothing is to be kept.
  var isLossy: Bool { ["mp3", "ogg", "oga", "opus"].contains(fileExtension) }

  /// Every file below `directory` that is not hidden, sorted by path; links are followed, each folder once.
  static func all(below directory: String) throws -> [CorpusFile] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) else {
      throw CorpusError("\(directory): there is no such folder")
    }
    guard isDirectory.boolValue else {
      throw CorpusError("\(directory): expected a folder, found a file")
    }
    var files: [CorpusFile] = []
    var visited: Set<String> = []
    try collect(directory, components: [], into: &files, visited: &visited)
    return files.sorted { $0.path < $1.path }
  }

  private static func collect(
    _ directory: String, components: [String], into files: inout [CorpusFile], visited: inout Set<String>
  ) throws {
    guard visited.insert(URL(fileURLWithPath: directory).resolvingSymlinksInPath().path).inserted else { return }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw CorpusError("\(directory): the folder cannot be read (check its permissions)")
    }
    // Sorted, so that of two links to one folder always the same one is followed.
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = "\(directory)/\(name)"
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { continue }
      if isDirectory.boolValue {
        try collect(path, components: components + [name], into: &files, visited: &visited)
      } else {
        files.append(CorpusFile(components: components + [name], path: path))
      }
    }
  }
}

extension AudioFile {
  /// The sound files below a folder, by their extensions, sorted by path; hidden ones are left out.
  ///
  /// - throws: ``CorpusError`` where the folder is missing or cannot be read.
  public static func all(below directory: String) throws -> [String] {
    try CorpusFile.all(below: directory).filter(\.isAudio).map(\.path)
  }
}
