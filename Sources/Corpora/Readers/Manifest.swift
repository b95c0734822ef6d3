import Foundation

/// A CSV manifest: a header with `path`, `label` and, if known, `speaker`, in any order, then one recording a line.
enum Manifest {
  static let pattern = "a header path,label,speaker (speaker may be missing) and a line for each recording"

  static func read(_ source: CorpusSource) throws -> Corpus {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isDirectory) else {
      throw CorpusError("\(source): there is no such file")
    }
    guard !isDirectory.boolValue, let data = FileManager.default.contents(atPath: source.path) else {
      throw CorpusError("\(source): expected a readable CSV file")
    }
    var rows: [CSV.Row]
    do {
      rows = try CSV.parse(data)
    } catch let error as CSV.SyntaxError {
      throw CorpusError("\(source.path), line \(error.line): \(error.message)")
    }
    guard !rows.isEmpty else { throw CorpusError("\(source): the file is empty; expected \(pattern)") }
    let header = rows.removeFirst().fields.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    guard let pathColumn = header.firstIndex(of: "path"), let labelColumn = header.firstIndex(of: "label") else {
      throw CorpusError(
        "\(source.path), line 1: expected a header with path and label, found \(header.joined(separator: ","))")
    }
    let speakerColumn = header.firstIndex(of: "speaker")

    let base = URL(fileURLWithPath: source.path).deletingLastPathComponent()
    var recordings: [Recording] = []
    var (skipped, unusable): ([SkippedFile], [SkippedFile]) = ([], [])
    var listed: [String: (line: Int, label: String)] = [:]
    let name = URL(fileURLWithPath: source.path).lastPathComponent
    for row in rows {
      guard row.fields.count == header.count else {
        throw CorpusError(
          "\(source.path), line \(row.line): expected \(header.count) fields as in the header, found \(row.fields.count)"
        )
      }
      let fields = row.fields.map { $0.trimmingCharacters(in: .whitespaces) }
      for column in [pathColumn, labelColumn] where fields[column].isEmpty {
        throw CorpusError("\(source.path), line \(row.line): the \(header[column]) is empty")
      }
      let path = URL(fileURLWithPath: fields[pathColumn], relativeTo: base).standardizedFileURL.path
      let (place, label) = ("\(name), line \(row.line)", Emotion.label(for: fields[labelColumn]))
      if let first = listed[path] {
        let again = "\(place): listed already in line \(first.line)"
        if first.label == label {
          skipped.append(SkippedFile(path: path, reason: again))
        } else {
          unusable.append(SkippedFile(path: path, reason: "\(again) with another label, \(first.label), which counts"))
        }
        continue
      }
      listed[path] = (row.line, label)
      guard FileManager.default.fileExists(atPath: path) else {
        unusable.append(SkippedFile(path: path, reason: "\(place): there is no such file"))
        continue
      }
      let speaker = speakerColumn.map { fields[$0] }.flatMap { $0.isEmpty ? nil : "csv-\($0)" }
      recordings.append(
        Recording(
          path: path, label: label, speaker: speaker, corpus: source.kind.rawValue))
    }
    return Corpus(
      kind: source.kind, directory: source.path, recordings: recordings.sorted { $0.path < $1.path },
      skipped: skipped.sorted { $0.path < $1.path }, unusable: unusable.sorted { $0.path < $1.path })
  }
}
