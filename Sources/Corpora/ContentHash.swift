import Crypto
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
    var hash = SHA256()
    do {
      while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
        hash.update(data: chunk)
      }
    } catch {
      throw CorpusError("\(path): the file cannot be read (\(error.localizedDescription))")
    }
    return hash.finalize().hexadecimal
  }
}

extension SHA256Digest {
  /// As 64 digits.
  var hexadecimal: String {
    map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}
