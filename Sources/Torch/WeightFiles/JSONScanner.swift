import Foundation

/// Reads the few shapes of JSON that a `.safetensors` header is made of, straight from the mapped file.
struct JSONScanner {
  private let file: MappedFile
  private let bytes: Slice<UnsafeRawBufferPointer>
  private var position: Int

  init(_ file: MappedFile, _ range: Range<Int>) {
    self.file = file
    bytes = file.bytes[range]
    position = range.lowerBound
  }

  func error(_ problem: String) -> WeightFileError {
    file.error("\(problem) (in the header, near byte \(position))")
  }

  /// An object: `body` is called at each member's value and must read it.
  mutating func members(
    _ body: (inout JSONScanner, String) throws(WeightFileError) -> Void
  ) throws(WeightFileError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try body(&self, key)
    } while accept(",")
    try expect("}")
  }

  /// An array of integers that are not negative.
  mutating func integers(atMost limit: Int) throws(WeightFileError) -> [Int] {
    var integers: [Int] = []
    try expect("[")
    if accept("]") { return integers }
    repeat {
      guard integers.count < limit else { throw error("has a list of more than \(limit) numbers") }
      integers.append(try integer())
    } while accept(",")
    try expect("]")
    return integers
  }

  /// A string; its text is bounded by the header's length.
  mutating func string() throws(WeightFileError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = next() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(bytes: text, encoding: .utf8) else { throw error("has a name that is not UTF-8") }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw error("has a control character in a string")
      default: text.append(byte)
      }
    }
    throw error("ends inside a string")
  }

  /// Requires that nothing but white space is left.
  mutating func expectEnd() throws(WeightFileError) {
    skipSpace()
    if position != bytes.endIndex { throw error("goes on after its end") }
  }

  private mutating func integer() throws(WeightFileError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while position < bytes.endIndex, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] {
      let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
      guard !tooLarge, !overflow else { throw error("has a number that is too large") }
      value = sum
      position += 1
    }
    guard position > start else { throw error("has something else where a whole number of 0 or more must be") }
    guard position == start + 1 || bytes[start] != UInt8(ascii: "0") else {
      throw error("has a number that begins with 0")
    }
    return value
  }

  /// The UTF-8 of the escape whose backslash has just been read.
  private mutating func escape() throws(WeightFileError) -> [UInt8] {
    switch next() {
    case UInt8(ascii: "\""): return [UInt8(ascii: "\"")]
    case UInt8(ascii: "\\"): return [UInt8(ascii: "\\")]
    case UInt8(ascii: "/"): return [UInt8(ascii: "/")]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var units = [try codeUnit()]
      if UTF16.isLeadSurrogate(units[0]), next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u") {
        units.append(try codeUnit())
      }
      var utf8: [UInt8] = []
      guard
        !transcode(
          units.makeIterator(), from: UTF16.self, to: UTF8.self, stoppingOnError: true, into: { utf8.append($0) })
      else { throw error("has half a surrogate pair in a string") }
      return utf8
    default: throw error("has an unknown escape in a string")
    }
  }

  private mutating func codeUnit() throws(WeightFileError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next(), let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw error("has a \\u escape without four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  private mutating func next() -> UInt8? {
    guard position < bytes.endIndex else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func skipSpace() {
    while position < bytes.endIndex {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.endIndex, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(WeightFileError) {
    guard accept(character) else {
      throw error("is not the JSON of a .safetensors header: \"\(character)\" is missing")
    }
  }
}
