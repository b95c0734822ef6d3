import Corpora
import Synchronization

extension ContentHash {
  /// The SHA-256 of a file that stays as it is while the command runs: however many splits or runs it is in, it is read once.
  ///
  /// - throws: as `sha256(_:)`.
  static func remembered(_ path: String) throws -> String {
    if let known = digests.withLock({ $0[path] }) { return known }
    let digest = try sha256(path)
    digests.withLock { $0[path] = digest }
    return digest
  }

  private static let digests = Mutex<[String: String]>([:])
}
