import Foundation

/// The corpora that can be read, by the name they have on the command line.
public enum CorpusKind: String, CaseIterable, Codable, Sendable {
  case ravdess, savee, tess
  case cremaD = "crema-d"
  case emoDB = "emodb"
  case folder, csv
}

/// Where a corpus lies and how to read it, as written on the command line: `ravdess=/data/ravdess`.
public struct CorpusSource: Sendable, Hashable, CustomStringConvertible {
  /// How its files are named.
  public let kind: CorpusKind
  /// The absolute path of its folder, or of the manifest for ``CorpusKind/csv``.
  public let path: String

  /// A source at a path, which may be relative to the working directory or begin with `~`.
  public init(kind: CorpusKind, path: String) {
    self.kind = kind
    self.path = URL(fileURLWithPath: (path as NSString).expandingTildeInPath).standardizedFileURL.path
  }

  /// Reads `KIND=DIR`.
  ///
  /// - throws: ``CorpusError`` that lists the known kinds.
  public init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let kinds = CorpusKind.allCases.map(\.rawValue).joined(separator: ", ")
    guard parts.count == 2, !parts[1].isEmpty else {
      throw CorpusError(
        "--corpus \"\(text)\": expected KIND=DIR, for example ravdess=/data/ravdess; KIND is one of \(kinds)")
    }
    guard let kind = CorpusKind(rawValue: parts[0].lowercased()) else {
      throw CorpusError("--corpus \"\(text)\": unknown kind \"\(parts[0])\"; the known kinds are \(kinds)")
    }
    self.init(kind: kind, path: String(parts[1]))
  }

  /// The source as it is written on the command line.
  public var description: String { "\(kind.rawValue)=\(path)" }
}
