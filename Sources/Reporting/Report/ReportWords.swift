import Evaluation

extension BootstrapInterval {
  /// "0.386 to 0.524"; nil where it is not usable.
  var text: String? { isUsable ? "\(decimals(low)) to \(decimals(high))" : nil }
  /// "-1.2 to +3.4".
  var pointsText: String { "\(points(low)) to \(points(high))" }
}

/// What a figure's protocol shares between its two sides, in the words that stand wherever the figure does.
///
/// - Parameters:
///   - leakage: what the sides share, where that is known.
///   - isRandom: whether the split is drawn, and not the corpora's own.
func protocolLabel(sharesSpeakers: Bool?, _ leakage: Leakage? = nil, isRandom: Bool = true) -> String {
  var shared: [String] = []
  if let sentences = leakage?.sharedSentences, sentences > 0 { shared.append("sentences") }
  if let recordings = leakage?.sharedRecordings, recordings > 0 {
    shared.append("\(recordings) identical recording\(recordings == 1 ? "" : "s")")
  }
  switch sharesSpeakers {
  case true:
    let speakers = leakage?.sharesSpeakersPerhaps == true ? "perhaps speakers" : "speakers"
    return "\(isRandom ? "random" : "predefined") split: \(listed([speakers] + shared)) on both sides"
  case false: return "speaker-disjoint" + (shared.isEmpty ? "" : ", \(listed(shared)) on both sides")
  case nil: return "protocol unknown"
  }
}

extension RunReport {
  /// The protocol's label.
  var protocolLabel: String {
    Reporting.protocolLabel(sharesSpeakers: sharesSpeakers, result?.leakage, isRandom: isRandom)
  }

  /// Whether its split is drawn, and not the corpora's own.
  var isRandom: Bool { origin?.settings.split != "predefined" }

  /// The name with the protocol below it, as the head of a row.
  var cell: Document.Cell {
    let flatters = sharesSpeakers == true || (result?.leakage?.sharedRecordings ?? 0) > 0
    return .init(title, notes: [.init(text: protocolLabel, tone: flatters ? .warning : .quiet)])
  }

  /// The name with the protocol.
  var fullTitle: String { "\(title), \(protocolLabel)" }
}

extension ExperimentReport {
  /// What is added to every heading and caption of a quick look.
  var quickEnding: String { isQuick ? ", quick" : "" }
}

extension String {
  /// The text as part of a file's name and of a link: small letters, digits, hyphens.
  var slug: String {
    let words = lowercased().unicodeScalars.split {
      !($0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil))
    }
    return String(words.map { String(String.UnicodeScalarView($0)) }.joined(separator: "-").prefix(60))
  }
}

/// Hours and minutes, or minutes and seconds.
func duration(_ seconds: Double) -> String {
  let whole = Int(min(seconds, 1e9).rounded())
  if whole < 60 { return "\(whole) s" }
  return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole / 60 % 60) min"
}

extension Sequence where Element: Hashable {
  /// The elements in order, each once.
  var distinct: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
