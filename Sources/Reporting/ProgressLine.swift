/// The text of a progress report, apart from where and when it is shown.
struct ProgressLine {
  var label: String
  var unit: String
  var total: Int?
  /// What an earlier run has done.
  var start = 0

  /// "label  [#####.....]  120/400 recordings  41.2/s  0:07 left  note", cut at `width`.
  func bar(done: Int, elapsed: Double, note: String, width: Int) -> String {
    let tail = counts(done: done, elapsed: elapsed) + (note.isEmpty ? "" : "  \(note)")
    guard let total, total > 0 else { return String("\(label)  \(tail)".prefix(width)) }
    let room = min(30, width - label.count - tail.count - 6)
    guard room >= 5 else { return String("\(label)  \(tail)".prefix(width)) }
    let filled = min(room, room * done / total)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled)
    return "\(label)  [\(bar)]  \(tail)"
  }

  /// The same without a bar, for a log.
  func plain(done: Int, elapsed: Double, note: String) -> String {
    let percent = total.map { $0 > 0 ? "\(min(100, 100 * done / $0))%  " : "" } ?? ""
    return "\(label)  \(percent)\(counts(done: done, elapsed: elapsed))\(note.isEmpty ? "" : "  \(note)")"
  }

  private func counts(done: Int, elapsed: Double) -> String {
    var parts = [
      total.map { "\(short(Double(done)))/\(short(Double($0))) \(unit)" } ?? "\(short(Double(done))) \(unit)"
    ]
    if done > start, elapsed > 0 {
      let rate = Double(done - start) / elapsed
      parts.append("\(short(rate))/s")
      if let total {
        parts.append(done < total ? "\(clock(Double(total - done) / rate)) left" : "in \(clock(elapsed))")
      }
    }
    return parts.joined(separator: "  ")
  }
}

/// Three or four figures and a decimal prefix: 41.2, 1200, 170k, 12.3M.
func short(_ value: Double) -> String {
  for (limit, unit, sign) in [(1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e5, 1e3, "k")] where value >= limit {
    return decimal(value / unit) + sign
  }
  return decimal(value)
}

/// Minutes and seconds, with hours where there are any.
func clock(_ seconds: Double) -> String {
  let whole = Int(min(seconds, 3.6e8).rounded(.up))
  let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
  func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
}

private func decimal(_ value: Double) -> String {
  value >= 100 || value == value.rounded() ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
}
