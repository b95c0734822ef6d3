import Audio
import Foundation
import Storage

/// What is in one or more corpora: counts, durations, what cannot be used, and recordings that are there twice.
///
/// Durations come from the files' headers, so that damage behind those is not found; only files of the same size are read
/// whole, to compare their content, and only those of the same length decoded, to compare their sound.
public struct CorpusScan: Codable, Sendable {
  /// The counts of one corpus.
  public struct Summary: Codable, Sendable {
    /// The corpus, by its name.
    public let corpus: String
    /// The absolute path of its folder or manifest.
    public let directory: String
    /// The number of recordings that can be opened, which the other counts are of.
    public let recordings: Int
    /// The number of recordings that cannot, or are named in vain.
    public let unreadable: Int
    /// The number of files that are no recordings of the corpus.
    public let skipped: Int
    /// The number of recordings of each class.
    public let labels: [String: Int]
    /// The number of recordings of each known speaker.
    public let speakers: [String: Int]
    /// The durations of the readable recordings; nil where there are none.
    public let durations: Durations?
    /// Which labels became one class; nil in scans of versions that did not say.
    public let notes: [String]?
  }

  /// Durations in seconds.
  public struct Durations: Codable, Sendable, Equatable {
    /// All together.
    public let total: Double
    /// The shortest.
    public let minimum: Double
    /// The middle one, or the mean of the two in the middle.
    public let median: Double
    /// The longest.
    public let maximum: Double

    init?(_ seconds: [Double]) {
      let sorted = seconds.sorted()
      guard let first = sorted.first, let last = sorted.last else { return nil }
      total = sorted.reduce(0, +)
      minimum = first
      median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
      maximum = last
    }
  }

  /// Recordings that are the same.
  public struct Duplicates: Codable, Sendable, Equatable {
    /// The SHA-256 of what they share: the file's content, or the rate and the samples.
    public let sha256: String
    /// Their absolute paths, sorted.
    public let paths: [String]
    /// The corpora that they are in, sorted.
    public let corpora: [String]
    /// Their labels, sorted: more than one means that one recording has two classes.
    public let labels: [String]

    /// Whether one recording has several labels.
    public var labelsDiffer: Bool { labels.count > 1 }
  }

  /// One summary for each corpus, in the order given.
  public let corpora: [Summary]
  /// The durations over all corpora; nil where no recording can be read.
  public let durations: Durations?
  /// The files that are no recordings of their corpus, with the reason.
  public let skipped: [SkippedFile]
  /// The recordings that cannot be used, with the reason: they are named in vain, or cannot be opened as audio.
  public let unreadable: [SkippedFile]
  /// The groups of recordings whose files are the same to the byte.
  public let duplicates: [Duplicates]
  /// The groups of recordings whose files differ, but not the samples: another format, or other tags.
  public let sameSound: [Duplicates]

  /// Looks at every recording, on all cores.
  public init(_ corpora: [Corpus]) {
    let recordings = corpora.flatMap(\.recordings)
    let opened = concurrentMap(recordings) { recording in Result { try AudioFile.information(recording.path) } }
    var unreadable = corpora.flatMap(\.unusable)
    var headers: [String: AudioInformation] = [:]
    for (recording, result) in zip(recordings, opened) {
      switch result {
      case .success(let header): headers[recording.path] = header
      case .failure(let error):
        // The path is a field of its own, so that equal reasons can be counted.
        let message = "\(error)".replacing("\(recording.path): ", with: "", maxReplacements: 1)
        unreadable.append(SkippedFile(path: recording.path, reason: message))
      }
    }
    self.corpora = corpora.map { corpus in
      let readable = corpus.recordings.filter { headers[$0.path] != nil }
      return Summary(
        corpus: corpus.name, directory: corpus.directory, recordings: readable.count,
        unreadable: corpus.recordings.count - readable.count + corpus.unusable.count, skipped: corpus.skipped.count,
        labels: Self.count(readable.map(\.label)), speakers: Self.count(readable.compactMap(\.speaker)),
        durations: Durations(readable.compactMap { headers[$0.path]?.duration }), notes: corpus.notes)
    }
    durations = Durations(recordings.compactMap { headers[$0.path]?.duration })
    skipped = corpora.flatMap(\.skipped)
    self.unreadable = unreadable
    let identical = IdenticalRecordings(among: recordings)
    duplicates = Self.groups(of: recordings, by: identical.contents)
    let same = SameSound(among: recordings, headers: headers, identical: identical)
    sameSound = Self.groups(of: recordings, by: same.sounds)
  }

  private static func count(_ names: [String]) -> [String: Int] {
    names.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  private static func groups(of recordings: [Recording], by hashes: [String: String]) -> [Duplicates] {
    let groups = Dictionary(grouping: recordings.filter { hashes[$0.path] != nil }) { hashes[$0.path] ?? "" }
    return groups.map { hash, members in
      Duplicates(
        sha256: hash, paths: members.map(\.path).sorted(), corpora: Set(members.map(\.corpus)).sorted(),
        labels: Set(members.map(\.label)).sorted())
    }.sorted { $0.paths[0] < $1.paths[0] }
  }
}
