import Storage

typealias Markdown = Markup<MarkdownLanguage>

extension Document {
  /// The document as Markdown (GitHub's kind), whose pictures lie in `figures` beside it.
  var markdown: String {
    let parts: [Markdown] =
      ["# \(title)"] + summary.map(\.markdown)
      + sections.flatMap { section in ["## \(section.title)" as Markdown] + section.blocks.map(\.markdown) }
    return parts.joined("\n\n").source + "\n"
  }
}

extension Document.Block {
  fileprivate var markdown: Markdown {
    switch self {
    case .heading(let text): "### \(text)"
    case .paragraph(let text): "\(text)"
    case .warning(let text): "> **Note:** \(text)"
    case .table(let table): table.markdown
    case .pictures(let pictures): pictures.map(\.markdown).joined("\n\n")
    case .details(let summary, let blocks):
      // GitHub renders Markdown inside where an empty line parts it from the tags.
      """
      <details>
      <summary>\(Self.inTags(summary))</summary>

      \(blocks.map(\.markdown).joined("\n\n"))

      </details>
      """
    }
  }

  /// Text between tags that neither HTML nor Markdown takes for its own.
  private static func inTags(_ text: String) -> Markdown {
    let plain = Set(" 0123456789.,:;-+()/%".unicodeScalars)
    let scalars = escaped(text).unicodeScalars.map { scalar in
      let isPlain = !scalar.isASCII || scalar.properties.isAlphabetic || plain.contains(scalar)
      return isPlain ? String(scalar) : "&#\(scalar.value);"
    }
    return Markdown(trusted: scalars.joined())
  }
}

extension Document.Table {
  fileprivate var markdown: Markdown {
    let rules = header.indices.map { $0 < leading ? "---" : "---:" }.joined(separator: " | ")
    let lines: [Markdown] = rows.map { "| \($0.map(\.markdown).joined(" | ")) |" }
    let head: [Markdown] = [
      "**\(caption)**", "", "| \(header.map { "\($0)" as Markdown }.joined(" | ")) |",
      "| \(Markdown(trusted: rules)) |",
    ]
    return (head + lines).joined("\n")
  }
}

extension Document.Cell {
  fileprivate var markdown: Markdown {
    let strong: Markdown = tone == .warning || tone == .good || tone == .bad ? "**\(text)**" : "\(text)"
    guard !notes.isEmpty else { return text.isEmpty ? "" : strong }
    let small: Markdown = notes.map { $0.tone == .warning ? "**\($0.text)**" : "\($0.text)" }.joined("; ")
    return text.isEmpty ? small : "\(strong) (\(small))"
  }
}

extension Document.Picture {
  fileprivate var markdown: Markdown {
    file.map { "![\(description)](figures/\(Markdown(trusted: $0)))\n\n*\(caption)*" } ?? "*\(caption)*"
  }
}
