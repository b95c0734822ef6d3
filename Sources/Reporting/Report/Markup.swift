import Storage

/// How text becomes part of a marked-up document.
protocol MarkupLanguage {
  /// The text with all that would mean something in the language made harmless.
  static func escaped(_ text: String) -> String
}

/// A piece of a document in a markup language, written as a string literal in which values are escaped.
///
/// Only literals and other pieces are markup, so that a file's name can never become any.
struct Markup<Language: MarkupLanguage>: ExpressibleByStringInterpolation {
  /// The finished markup.
  private(set) var source: String

  struct StringInterpolation: StringInterpolationProtocol {
    var source = ""

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ literal: String) { source += literal }
    mutating func appendInterpolation(_ text: String) { source += Language.escaped(text) }
    mutating func appendInterpolation(_ piece: Markup) { source += piece.source }
  }

  init(stringLiteral value: String) { source = value }
  init(stringInterpolation: StringInterpolation) { source = stringInterpolation.source }

  /// A piece that is markup already, from a source that is trusted.
  init(trusted source: String) { self.source = source }
}

extension Sequence {
  /// One piece of all pieces, with `separator` between them.
  func joined<Language>(_ separator: String = "") -> Markup<Language> where Element == Markup<Language> {
    Markup(trusted: map(\.source).joined(separator: separator))
  }
}

// Both languages go by Unicode scalars: a sign with a combining mark is another `Character`, but still a sign to readers.

enum HTMLLanguage: MarkupLanguage {
  private static let entities: [Unicode.Scalar: String] = [
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
  ]

  static func escaped(_ text: String) -> String {
    oneLine(text).unicodeScalars.reduce(into: "") { $0 += entities[$1] ?? String($1) }
  }
}

enum MarkdownLanguage: MarkupLanguage {
  private static let signs = Set("\\`*[]<>|#~!&$".unicodeScalars)

  /// Every sign that Markdown or the HTML in it could take for its own is made plain by a backslash; an underscore
  /// only where it is not within a word, so that names stay readable.
  static func escaped(_ text: String) -> String {
    let scalars = Array(oneLine(text).unicodeScalars)
    func isWord(_ index: Int) -> Bool {
      scalars.indices.contains(index)
        && (scalars[index].properties.isAlphabetic || ("0"..."9").contains(scalars[index]))
    }
    return scalars.indices.reduce(into: "") { escaped, index in
      let isLoose = scalars[index] == "_" && !(isWord(index - 1) && isWord(index + 1))
      if isLoose || signs.contains(scalars[index]) { escaped += "\\" }
      escaped.unicodeScalars.append(scalars[index])
    }
  }
}

/// Text without line breaks, which would end a table's row, and without control characters.
private func oneLine(_ text: String) -> String {
  escaped(text.replacing("\r\n", with: " ").replacing("\n", with: " ").replacing("\t", with: " "))
}
