import Foundation

/// A CSV manifest: a header with `path`, `label` and, if known, `speaker`, `sentence` and `split`, in any order and by one of
/// the names of ``ManifestColumns``, then one recording a line.
enum Manifest {
  static let pattern =
    "a header path,label,speaker,sentence,split (all but path and label may be missing) and a line for each recording"

  static func read(_ source: CorpusSource) throws -> Corpus {
    var rows = try rows(of: source)
    guard !rows.isEmpty else { throw CorpusError("\(source): the file is empty; expected \(pattern)") }
    let columns = try ManifestColumns(header: rows.removeFirst(), of: source.path)
    var listing = Listing(source)
    for row in rows { listing.add(try columns.values(of: row), line: row.line) }
    return Corpus(
      source: source, recordings: listing.recordings.sorted { $0.path < $1.path },
      skipped: listing.skipped.sorted { $0.path < $1.path }, unusable: listing.unusable.sorted { $0.path < $1.path },
      notes: listing.notes)
  }

  private static func rows(of source: CorpusSource) throws -> [CSV.Row] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isDirectory) else {
      throw CorpusError("\(source): there is no such file")
    }
    guard !isDirectory.boolValue, let data = FileManager.default.contents(atPath: source.path) else {
      throw CorpusError("\(source): expected a readable CSV file")
    }
    do {
      return try CSV.parse(data)
    } catch let error as CSV.SyntaxError {
      throw CorpusError("\(source.path), line \(error.line): \(error.message)")
    }
  }

  /// The recordings that are listed, and the lines that are of no use.
  private struct Listing {
    private(set) var recordings: [Recording] = []
    private(set) var skipped: [SkippedFile] = []
    private(set) var unusable: [SkippedFile] = []
    private var labels = WrittenLabels()
    private var listed: [String: (line: Int, label: String, side: Recording.Side?)] = [:]
    private let corpus: String
    private let file: URL
    private let folder: URL

    init(_ source: CorpusSource) {
      corpus = source.name
      file = URL(fileURLWithPath: source.path)
      folder = file.deletingLastPathComponent()
    }

    var notes: [String] { labels.notes(on: corpus) }

    mutating func add(_ values: ManifestColumns.Values, line: Int) {
      let path = URL(fileURLWithPath: values.path, relativeTo: folder).standardizedFileURL.path
      let (place, label) = ("\(file.lastPathComponent), line \(line)", labels.label(for: values.label))
      if let first = listed[path] {
        let again = "\(place): listed already in line \(first.line)"
        if first.label != label {
          unusable.append(SkippedFile(path: path, reason: "\(again) with another label, \(first.label), which counts"))
        } else if first.side != values.side {
          unusable.append(SkippedFile(path: path, reason: "\(again) on another side of the split, which counts"))
        } else {
          skipped.append(SkippedFile(path: path, reason: again))
        }
        return
      }
      listed[path] = (line, label, values.side)
      guard FileManager.default.fileExists(atPath: path) else {
        unusable.append(SkippedFile(path: path, reason: "\(place): there is no such file"))
        return
      }
      recordings.append(
        Recording(
          path: path, label: label, speaker: values.speaker.map { "\(corpus)-\($0)" }, corpus: corpus,
          sentence: values.sentence.map { "\(corpus)-\($0)" }, side: values.side))
    }
  }
}
