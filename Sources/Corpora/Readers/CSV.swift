import Foundation

/// Comma-separated values by RFC 4180: quoted fields may hold commas, doubled quotes and line ends.
package enum CSV {
  /// One record, with the number of the line on which it begins, from 1.
  package struct Row: Equatable {
    package let line: Int
    package let fields: [String]
  }

  struct SyntaxError: Error {
    let line: Int
    let message: String
  }

  /// All records; empty lines are left out, as is a byte-order mark.
  package static func parse(_ data: Data) throws -> [Row] {
    var parser = Parser(bytes: Array(data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data))
    return try parser.rows()
  }

  /// A field as it is written, in quotes where it needs them.
  package static func field(_ text: String) -> String {
    text.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) }
      ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  private struct Parser {
    let bytes: [UInt8]
    var position = 0
    var line = 1

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func rows() throws -> [Row] {
      var rows: [Row] = []
      while current != nil {
        let start = line
        var fields = [try field()]
        while current == UInt8(ascii: ",") {
          position += 1
          fields.append(try field())
        }
        endLine()
        if fields != [""] { rows.append(Row(line: start, fields: fields)) }
      }
      return rows
    }

    private mutating func endLine() {
      if current == UInt8(ascii: "\r") { position += 1 }
      if current == UInt8(ascii: "\n") { position += 1 }
      line += 1
    }

    private mutating func field() throws -> String {
      var text: [UInt8] = []
      let start = line
      if current == UInt8(ascii: "\"") {
        try quoted(into: &text)
      } else {
        while let byte = current, !endsField(byte) {
          guard byte != UInt8(ascii: "\"") else {
            throw SyntaxError(line: line, message: "a quote inside a field that does not begin with one")
          }
          text.append(byte)
          position += 1
        }
      }
      guard let string = String(validating: text, as: UTF8.self) else {
        throw SyntaxError(line: start, message: "the text is not UTF-8")
      }
      return string
    }

    private mutating func quoted(into text: inout [UInt8]) throws {
      let start = line
      position += 1
      while let byte = current {
        position += 1
        if byte == UInt8(ascii: "\"") {
          guard current == UInt8(ascii: "\"") else {
            if let next = current, !endsField(next) {
              throw SyntaxError(line: line, message: "text after the closing quote of a field")
            }
            return
          }
          position += 1
        } else if byte == UInt8(ascii: "\n") {
          line += 1
        }
        text.append(byte)
      }
      throw SyntaxError(line: start, message: "the quote that opens a field is never closed")
    }

    private func endsField(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
  }
}
