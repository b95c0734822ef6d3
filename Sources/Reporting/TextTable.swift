import Evaluation
import Storage

/// A table for the terminal, its columns aligned by spaces.
///
/// ```swift
/// var table = TextTable(["file", "label", "confidence"], leading: 2)
/// table.add(["a.wav", "happy", "0.91"])
/// print(table)
/// ```
public struct TextTable: Sendable, CustomStringConvertible {
  private let header: [String]
  private let leading: Int
  private var rows: [[String]] = []

  /// Starts a table without rows.
  ///
  /// - Parameters:
  ///   - header: the columns' names.
  ///   - leading: how many columns at the left hold text; they are aligned left, all others, numbers, right.
  public init(_ header: [String], leading: Int = 1) {
    self.header = header.map(escaped)
    self.leading = leading
  }

  /// Adds a row; missing cells are empty, cells beyond the header are dropped.
  public mutating func add(_ row: [String]) {
    rows.append(header.indices.map { $0 < row.count ? escaped(row[$0]) : "" })
  }

  /// The lines, without a line break at the end.
  public var description: String {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    let lines = [header, widths.map { String(repeating: "-", count: $0) }] + rows
    return lines.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column < leading ? cell + space : space + cell
      }
      let line = cells.joined(separator: "  ")
      return String(line.prefix(upTo: line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex))
    }.joined(separator: "\n")
  }
}

extension ConfusionMatrix {
  /// The matrix for the terminal: a row for each true class with the number of its recordings and the percentage of
  /// them that were given each label.
  public var table: TextTable {
    var table = TextTable(["true \\ said"] + labels + ["n"])
    for ((label, shares), row) in zip(zip(labels, rowShares), counts) {
      let cells = zip(shares, row).map { share, count in count == 0 ? "." : "\(Int((100 * share).rounded()))%" }
      table.add([label] + cells + ["\(row.reduce(0, +))"])
    }
    return table
  }
}
