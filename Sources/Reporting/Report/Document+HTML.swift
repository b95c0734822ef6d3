import Foundation

typealias HTML = Markup<HTMLLanguage>

extension Document {
  /// The document as one HTML page that needs nothing beside it: styles and pictures are part of it, scripts there are none.
  ///
  /// - Parameter figures: the folder of the pictures.
  /// - throws: the file system's error where a picture is not there.
  func html(figures: URL) throws -> String {
    let contents: HTML = sections.map { "<li><a href=\"#\($0.name)\">\($0.title)</a></li>\n" }.joined()
    let body = try sections.map { section -> HTML in
      """
      <section id="\(section.name)">
      <h2>\(section.title)</h2>
      \(try section.blocks.map { try $0.html(figures) }.joined("\n"))
      </section>

      """
    }.joined()
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta name="referrer" content="no-referrer"/>
      <link rel="icon" href="data:,"/>
      <title>\(title)</title>
      <style>
      \(HTML(trusted: Self.style))
      </style>
      </head>
      <body>
      <header>
      <h1>\(title)</h1>
      \(try summary.map { try $0.html(figures) }.joined("\n"))
      <nav aria-label="Contents"><ul>
      \(contents)</ul></nav>
      </header>
      <main>
      \(body)</main>
      </body>
      </html>

      """
    return page.source
  }
}

extension Document.Block {
  fileprivate func html(_ figures: URL) throws -> HTML {
    switch self {
    case .heading(let text): "<h3>\(text)</h3>"
    case .paragraph(let text): "<p>\(text)</p>"
    case .warning(let text): "<p class=\"warning\">\(text)</p>"
    case .table(let table): table.html
    case .pictures(let pictures):
      """
      <div class="\(pictures.contains(where: \.isSmall) ? "gallery" : "pictures")">
      \(try pictures.map { try $0.html(figures) }.joined("\n"))
      </div>
      """
    case .details(let summary, let blocks):
      """
      <details>
      <summary>\(summary)</summary>
      \(try blocks.map { try $0.html(figures) }.joined("\n"))
      </details>
      """
    }
  }
}

extension Document.Table {
  fileprivate var html: HTML {
    let head: HTML = header.enumerated().map { column, name in
      column < leading ? "<th scope=\"col\" class=\"text\">\(name)</th>" : "<th scope=\"col\">\(name)</th>"
    }.joined()
    let lines: HTML = rows.map { row in
      let cells: HTML = row.enumerated().map { column, cell in
        let name = stacks && header.indices.contains(column) ? header[column] : nil
        return cell.html(name, isText: column < leading, isHead: column == 0)
      }.joined()
      return "<tr>\(cells)</tr>\n"
    }.joined()
    return """
      <div class="\(stacks ? "table stack" : "table")">
      <p class="caption">\(caption)</p>
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(lines)</tbody>
      </table></div>
      </div>
      """
  }
}

extension Document.Cell {
  /// - Parameter name: its column's, where the cell must be understood without the table's head.
  fileprivate func html(_ name: String?, isText: Bool, isHead: Bool) -> HTML {
    var classes = [tone == .plain ? nil : tone.rawValue, isText ? "text" : nil].compactMap(\.self)
    if let shade { classes.append("shade\(Int((10 * min(max(shade, 0), 1)).rounded()))") }
    let attribute: HTML = classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
    let small: HTML = notes.map { " <small class=\"\($0.tone.rawValue)\">\($0.text)</small>" }.joined()
    if isHead { return "<th scope=\"row\"\(attribute)>\(text)\(small)</th>" }
    let label: HTML = name.map { " data-name=\"\($0)\"" } ?? ""
    return "<td\(label)\(attribute)>\(text)\(small)</td>"
  }
}

extension Document.Picture {
  fileprivate func html(_ figures: URL) throws -> HTML {
    let caption: HTML = "<figcaption>\(caption)</figcaption>"
    guard let file else { return "<figure>\(caption)</figure>" }
    let data = try Data(contentsOf: figures.appending(path: file))
    let picture: HTML =
      file.hasSuffix(".svg")
      ? InlineSVG(String(decoding: data, as: UTF8.self), name: file, description: description).html
      : "<img alt=\"\(description)\" src=\"data:image/png;base64,\(data.base64EncodedString())\"/>"
    return """
      <figure><div class="scroll" tabindex="0" role="region" aria-label="\(description)">\(picture)</div>\(caption)</figure>
      """
  }
}
