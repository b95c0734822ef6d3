import Foundation

extension CorpusScan {
  /// The scan as text for people, with a table of corpora, one of classes, one of speakers, and what is amiss.
  public var table: String {
    var blocks = [corporaTable, classesTable, speakersTable]
    blocks.append(contentsOf: Self.list("skipped", skipped))
    blocks.append(contentsOf: Self.list("unreadable", unreadable))
    blocks.append(contentsOf: Self.list("identical files", duplicates))
    blocks.append(contentsOf: Self.list("the same sound in another format or with other tags", sameSound))
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private var corporaTable: String {
    func row(_ name: String, _ counts: [Int], _ durations: Durations?) -> [String] {
      let times = durations.map { [$0.minimum, $0.median, $0.maximum].map { String(format: "%.2f s", $0) } }
      let total = durations.map { String(format: "%.1f min", $0.total / 60) }
      return [name] + counts.map(String.init) + [total ?? "-"] + (times ?? ["-", "-", "-"])
    }
    var rows = [
      ["corpus", "recordings", "speakers", "unreadable", "skipped", "total", "shortest", "median", "longest"]
    ]
    rows += corpora.map { row($0.corpus, [$0.recordings, $0.speakers.count, $0.unreadable, $0.skipped], $0.durations) }
    if corpora.count > 1 {
      let speakers = Set(corpora.flatMap(\.speakers.keys)).count
      let counts = [corpora.map(\.recordings).reduce(0, +), speakers, unreadable.count, skipped.count]
      rows.append(row("all", counts, durations))
    }
    return Self.align(rows)
  }

  private var classesTable: String {
    let known = Emotion.allCases.map(\.rawValue)
    let found = Set(corpora.flatMap(\.labels.keys))
    let labels = known.filter(found.contains) + found.subtracting(known).sorted()
    var rows = [["class"] + corpora.map(\.corpus) + (corpora.count > 1 ? ["all"] : [])]
    for label in labels {
      let counts = corpora.map { $0.labels[label] ?? 0 }
      rows.append([label] + counts.map(String.init) + (corpora.count > 1 ? ["\(counts.reduce(0, +))"] : []))
    }
    return Self.align(rows)
  }

  private var speakersTable: String {
    var rows = [["speaker", "recordings"]]
    for corpus in corpora {
      let counts = corpus.speakers.values.sorted()
      if counts.count > 30, let fewest = counts.first, let most = counts.last {
        rows.append(["\(counts.count) of \(corpus.corpus)", "\(fewest) to \(most) each"])
      } else {
        rows += corpus.speakers.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] }
      }
      let unknown = corpus.recordings - corpus.speakers.values.reduce(0, +)
      if unknown > 0 { rows.append(["unknown (\(corpus.corpus))", "\(unknown)"]) }
    }
    return Self.align(rows)
  }

  /// A block for the files of a list, grouped by reason with three examples each, the most frequent ten; none for an empty list.
  private static func list(_ title: String, _ files: [SkippedFile]) -> [String] {
    guard !files.isEmpty else { return [] }
    let reasons = Dictionary(grouping: files, by: \.reason).sorted {
      (-$0.value.count, $0.key) < (-$1.value.count, $1.key)
    }
    let lines = reasons.prefix(10).flatMap { reason, members in
      ["  \(members.count): \(reason)"] + members.prefix(3).map { "    \($0.path)" }
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
      return (group.paths + warning).map { "  \($0)" }.joined(separator: "\n")
    }
    return ["warning: \(duplicates.count) group(s) of \(title)\n" + groups.joined(separator: "\n\n")]
  }

  /// Rows as lines, the first column flush left, the others flush right.
  private static func align(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
