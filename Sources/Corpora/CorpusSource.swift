import Foundation

/// The corpora that can be read, by the name they have on the command line.
public enum CorpusKind: String, CaseIterable, Codable, Sendable {
  case ravdess, savee, tess
  case cremaD = "crema-d"
  case emoDB = "emodb"
  case folder, csv
}

/// Where a corpus lies, how to read it and what it is called, as written on the command line: `ravdess=/data/ravdess`, or
/// `csv:iemocap=/data/iemocap.csv` for one of several of a kind.
public struct CorpusSource: Sendable, Hashable, CustomStringConvertible {
  /// How its files are named.
  public let kind: CorpusKind
  /// What the corpus is called wherever it is named, and what its speakers' names begin with: the raw value of its kind,
  /// unless it was given a name.
  public let name: String
  /// The absolute path of its folder, or of the manifest for ``CorpusKind/csv``.
  public let path: String

  /// A source at a path, which may be relative to the working directory or begin with `~`.
  ///
  /// - parameter name: what it is called, in letters, digits, - and _; nil for the name of its kind.
  public init(kind: CorpusKind, name: String? = nil, path: String) {
    self.kind = kind
    self.name = name ?? kind.rawValue
    self.path = URL(fileURLWithPath: (path as NSString).expandingTildeInPath).standardizedFileURL.path
  }

  /// Reads `KIND=DIR` or `KIND:NAME=DIR`.
  ///
  /// - throws: ``CorpusError`` that lists the known kinds, or says what a name is made of.
  public init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let kinds = CorpusKind.allCases.map(\.rawValue).joined(separator: ", ")
    guard parts.count == 2, !parts[1].isEmpty else {
      throw CorpusError(
        "--corpus \"\(text)\": expected KIND=DIR or KIND:NAME=DIR, for example ravdess=/data/ravdess; KIND is one of \(kinds)"
      )
    }
    let names = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let kind = CorpusKind(rawValue: names[0].lowercased()) else {
      throw CorpusError("--corpus \"\(text)\": unknown kind \"\(names[0])\"; the known kinds are \(kinds)")
    }
    guard names.dropFirst().allSatisfy(Self.isName) else {
      throw CorpusError("--corpus \"\(text)\": the name \"\(names[1])\" must be made of letters, digits, - and _")
    }
    self.init(kind: kind, name: names.dropFirst().first, path: String(parts[1]))
  }

  /// Whether a corpus can be called so: names are parts of folders' names and of splits.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
  }

  /// The source as it is written on the command line.
  public var description: String {
    (name == kind.rawValue ? name : "\(kind.rawValue):\(name)") + "=\(path)"
  }
}
