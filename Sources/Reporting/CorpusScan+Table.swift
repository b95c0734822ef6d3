import Corpora
import Foundation
import Storage

extension CorpusScan {
  /// The scan as text for people, with a table of corpora, one of classes, one of speakers, and what is amiss.
  public var table: String {
    var blocks = [corporaTable, classesTable, speakersTable].map(\.description)
    let notes = corpora.flatMap { $0.notes ?? [] }
    if !notes.isEmpty { blocks.append(notes.map { "note: \(escaped($0))" }.joined(separator: "\n")) }
    blocks.append(contentsOf: Self.list("skipped", skipped))
    blocks.append(contentsOf: Self.list("unreadable", unreadable))
    blocks.append(contentsOf: Self.list("identical files", duplicates))
    blocks.append(contentsOf: Self.list("the same sound in another format or with other tags", sameSound))
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private var corporaTable: TextTable {
    func row(_ name: String, _ counts: [Int], _ durations: Durations?) -> [String] {
      let times = durations.map { [$0.minimum, $0.median, $0.maximum].map { String(format: "%.2f s", $0) } }
      let total = durations.map { String(format: "%.1f min", $0.total / 60) }
      return [name] + counts.map(String.init) + [total ?? "-"] + (times ?? ["-", "-", "-"])
    }
    var table = TextTable(
      ["corpus", "recordings", "speakers", "unreadable", "skipped", "total", "shortest", "median", "longest"])
    for corpus in corpora {
      let counts = [corpus.recordings, corpus.speakers.count, corpus.unreadable, corpus.skipped]
      table.add(row(corpus.corpus, counts, corpus.durations))
    }
    if corpora.count > 1 {
      let speakers = Set(corpora.flatMap(\.speakers.keys)).count
      let counts = [corpora.map(\.recordings).reduce(0, +), speakers, unreadable.count, skipped.count]
      table.add(row("all", counts, durations))
    }
    return table
  }

  private var classesTable: TextTable {
    let labels = Emotion.ordered(corpora.flatMap(\.labels.keys))
    var table = TextTable(["class"] + corpora.map(\.corpus) + (corpora.count > 1 ? ["all"] : []))
    for label in labels {
      let counts = corpora.map { $0.labels[label] ?? 0 }
      table.add([label] + counts.map(String.init) + (corpora.count > 1 ? ["\(counts.reduce(0, +))"] : []))
    }
    return table
  }

  private var speakersTable: TextTable {
    var table = TextTable(["speaker", "recordings"])
    for corpus in corpora {
      let counts = corpus.speakers.values.sorted()
      if counts.count > 30, let fewest = counts.first, let most = counts.last {
        table.add(["\(counts.count) of \(corpus.corpus)", "\(fewest) to \(most) each"])
      } else {
        for (speaker, count) in corpus.speakers.sorted(by: { $0.key < $1.key }) { table.add([speaker, "\(count)"]) }
      }
      let unknown = corpus.recordings - corpus.speakers.values.reduce(0, +)
      if unknown > 0 { table.add(["unknown (\(corpus.corpus))", "\(unknown)"]) }
    }
    return table
  }

  /// A block for the files of a list, grouped by reason with three examples each, the most frequent ten; none for an
  /// empty list.
  private static func list(_ title: String, _ files: [SkippedFile]) -> [String] {
    guard !files.isEmpty else { return [] }
    let reasons = Dictionary(grouping: files, by: \.reason).sorted {
      (-$0.value.count, $0.key) < (-$1.value.count, $1.key)
    }
    let lines = reasons.prefix(10).flatMap { reason, members in
      ["  \(members.count): \(escaped(reason))"] + members.prefix(3).map { "    \(escaped($0.path))" }
        + (members.count > 3 ? ["    and \(members.count - 3) more"] : [])
    }
    let rest = reasons.count > 10 ? ["  and \(reasons.count - 10) more reasons (all are in the JSON)"] : []
    return [(["\(title): \(files.count) file(s)"] + lines + rest).joined(separator: "\n")]
  }

  /// A block for recordings that are there twice; none where there are none.
  private static func list(_ title: String, _ duplicates: [Duplicates]) -> [String] {
    guard !duplicates.isEmpty else { return [] }
    let groups = duplicates.map { group in
      let warning = group.labelsDiffer ? ["the labels differ: \(group.labels.joined(separator: ", "))"] : []
      return (group.paths + warning).map { "  \(escaped($0))" }.joined(separator: "\n")
    }
    return ["warning: \(duplicates.count) group(s) of \(title)\n" + groups.joined(separator: "\n\n")]
  }
}
