import Foundation

/// Which column of a CSV manifest says what, by its header in capital or small letters.
///
/// | column | also called |
/// | --- | --- |
/// | `path` | `file`, `filename`, `audio` |
/// | `label` | `emotion`, `class` |
/// | `speaker` | `speaker_id` |
/// | `sentence` | |
/// | `split` | `partition` |
struct ManifestColumns {
  /// What a row says of its recording; all but path and label may not be known.
  typealias Values = (path: String, label: String, speaker: String?, sentence: String?, side: Recording.Side?)

  private let file: String
  private let names: [String]
  private let path: Int
  private let label: Int
  private let speaker: Int?
  private let sentence: Int?
  private let side: Int?

  /// - parameter file: the manifest, for messages.
  /// - throws: ``CorpusError`` where path or label is missing, or two columns mean the same.
  init(header: CSV.Row, of file: String) throws {
    let names = header.fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    func column(_ synonyms: String...) throws -> Int? {
      // A table that has the proper name may have others beside it, with something else in them.
      let proper = names.indices.filter { names[$0] == synonyms[0] }
      let found = proper.isEmpty ? names.indices.filter { synonyms.contains(names[$0]) } : proper
      guard found.count < 2 else {
        throw CorpusError(
          "\(file), line \(header.line): the columns \(names[found[0]]) and \(names[found[1]]) mean the same; "
            + "give one of them another name")
      }
      return found.first
    }
    guard let path = try column("path", "file", "filename", "audio"),
      let label = try column("label", "emotion", "class")
    else {
      throw CorpusError(
        "\(file), line \(header.line): expected a header with path and label (or file, filename, audio; emotion, class), "
          + "found \(names.joined(separator: ","))")
    }
    (self.file, self.names, self.path, self.label) = (file, names, path, label)
    speaker = try column("speaker", "speaker_id")
    sentence = try column("sentence")
    side = try column("split", "partition")
  }

  /// The values of a row.
  ///
  /// - throws: ``CorpusError`` with the line where there are more or fewer fields than in the header, or the path or the label
  ///   is empty.
  func values(of row: CSV.Row) throws -> Values {
    guard row.fields.count == names.count else {
      throw CorpusError(
        "\(file), line \(row.line): expected \(names.count) fields as in the header, found \(row.fields.count)")
    }
    let fields = row.fields.map { $0.trimmingCharacters(in: .whitespaces) }
    for column in [path, label] where fields[column].isEmpty {
      throw CorpusError("\(file), line \(row.line): the \(names[column]) is empty")
    }
    func known(_ column: Int?) -> String? { column.map { fields[$0] }.flatMap { $0.isEmpty ? nil : $0 } }
    return (
      fields[path], fields[label], known(speaker), known(sentence), known(side).flatMap(Recording.Side.init(written:))
    )
  }
}
