import Audio
import Crypto
import Downloads
import Foundation
import Storage

/// Recordings whose files differ but not what is heard: one sound as WAV and as FLAC, or with other tags.
struct SameSound: Sendable {
  /// The SHA-256 of rate and samples by path, for those recordings alone that have their sound in another file too.
  let sounds: [String: String]

  /// Decodes the recordings that have as many frames at the same rate as another.
  ///
  /// - parameters:
  ///   - headers: What the headers say, by path; recordings without one are passed over.
  ///   - identical: The recordings whose files are the same to the byte.
  init(among recordings: [Recording], headers: [String: AudioInformation], identical: IdenticalRecordings) {
    func content(_ path: String) -> String { identical.contents[path] ?? path }
    // Of identical files one is enough.
    let files = Dictionary(recordings.map { (content($0.path), $0.path) }) { first, _ in first }.values
    let lengths = Self.alike(Array(files)) { path in headers[path].map { "\($0.frames) at \($0.sampleRate)" } }
    // Recordings are often cut to one length, and few of those begin alike.
    let beginnings = Self.alike(Array(lengths.keys)) { try? Self.digest($0, frames: 16_384) }
    let whole = Self.alike(Array(beginnings.keys)) { try? Self.digest($0) }
    let byContent = Dictionary(uniqueKeysWithValues: whole.map { (content($0), $1) })
    sounds = recordings.reduce(into: [:]) { $0[$1.path] = byContent[content($1.path)] }
  }

  /// What each file is told by, for the files that are not the only ones to have it.
  private static func alike(_ files: [String], _ mark: @Sendable (String) -> String?) -> [String: String] {
    let marks = zip(files, concurrentMap(files, mark))
    return Dictionary(grouping: marks, by: \.1).reduce(into: [:]) { found, group in
      guard let mark = group.key, group.value.count > 1 else { return }
      for (file, _) in group.value { found[file] = mark }
    }
  }

  /// The SHA-256 of the rate and of the first samples, channels averaged, as 32-bit floats: exact for 16 bits and for 24.
  private static func digest(_ path: String, frames: Int = .max) throws -> String {
    struct Enough: Error {}
    let file = try SoundFile(path: path)
    var hash = SHA256()
    hash.update(data: Data("\(file.sampleRate) Hz ".utf8))
    var left = frames
    do {
      try file.forEachBlock { block in
        hash.update(bufferPointer: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: block.prefix(left))))
        left -= min(left, block.count)
        if left == 0 { throw Enough() }
      }
    } catch is Enough {}
    return hash.finalize().hexadecimal
  }
}
