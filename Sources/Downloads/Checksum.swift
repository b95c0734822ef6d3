import Crypto
import Foundation

/// What a file's bytes must hash to, in hexadecimal.
public enum Checksum: Sendable, Hashable, CustomStringConvertible {
  /// The first digits of the SHA-256, or all 64.
  case sha256(prefix: String)
  /// The MD5, as Zenodo publishes it.
  case md5(String)

  /// The checksum that a file's name carries as PyTorch's weight files do: `resnet18-f37072fd.pth`.
  public init?(inName name: String) {
    guard let match = name.wholeMatch(of: #/.*-([0-9a-f]{8,64})\.[a-z]+/#) else { return nil }
    self = .sha256(prefix: String(match.1))
  }

  /// The kind of hash and its expected digits.
  public var description: String {
    switch self {
    case .sha256(let prefix): "SHA-256 \(prefix)\(prefix.count < 64 ? "..." : "")"
    case .md5(let digits): "MD5 \(digits)"
    }
  }

  /// What the file at `url` hashes to, as many digits as are expected; equal to `self` where the file is whole.
  ///
  /// - throws: whatever reading the file throws.
  func computed(of url: URL) throws -> Checksum {
    switch self {
    case .sha256(let prefix): .sha256(prefix: String(try digits(SHA256.self, url).prefix(prefix.count)))
    case .md5: .md5(try digits(Insecure.MD5.self, url))
    }
  }

  private func digits<Hash: HashFunction>(_ hash: Hash.Type, _ url: URL) throws -> String {
    let file = try FileHandle(forReadingFrom: url)
    defer { try? file.close() }
    return try hexadecimalDigest(of: file, by: hash)
  }
}

/// What the bytes of an open file hash to, in hexadecimal, read a megabyte at a time.
///
/// - throws: whatever reading the file throws.
package func hexadecimalDigest<Hash: HashFunction>(of file: FileHandle, by _: Hash.Type) throws -> String {
  var hash = Hash()
  while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
  return hash.finalize().hexadecimal
}

extension Digest {
  /// The bytes in hexadecimal, two digits each.
  package var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
