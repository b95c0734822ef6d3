/// Text for people in which control characters, which names of files may hold, break no line and move no cursor: they are
/// written as C does, and the terminal's own commands are not obeyed.
package func escaped(_ text: String) -> String {
  text.unicodeScalars.map { scalar -> String in
    guard scalar.properties.generalCategory == .control else { return String(scalar) }
    return escapes[scalar] ?? String(scalar).utf8.map(octal).joined()
  }.joined()
}

private let escapes: [Unicode.Scalar: String] = [
  "\u{07}": "\\a", "\u{08}": "\\b", "\t": "\\t", "\n": "\\n", "\u{0B}": "\\v", "\u{0C}": "\\f", "\r": "\\r",
]

private func octal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 8)
  return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
}
