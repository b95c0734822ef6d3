import Crypto
import Downloads
import Foundation

/// The identity of a file by what is in it.
public enum ContentHash {
  /// The SHA-256 of a file's bytes as 64 hexadecimal digits, read a megabyte at a time.
  ///
  /// - throws: ``CorpusError`` where the file cannot be read.
  public static func sha256(_ path: String) throws -> String {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw CorpusError("\(path): the file cannot be opened (missing, or no permission)")
    }
    defer { try? file.close() }
    do {
      return try hexadecimalDigest(of: file, by: SHA256.self)
    } catch {
      throw CorpusError("\(path): the file cannot be read (\(error.localizedDescription))")
    }
  }
}
