/// What a pickle can leave on this machine's stack.
///
/// Containers are indices into the machine's tables, never references: however deep a hostile pickle nests them, or
/// whether it puts one into itself, nothing here recurses and nothing leaks.
enum PickleValue: Hashable {
  case none
  case bool(Bool)
  case integer(Int)
  case real(Double)
  case text(String)
  /// A tuple or a list.
  case sequence(Int)
  case dictionary(Int)
  case global(String)
  case storage(Int)
  case tensor(Int)
}

/// A machine for the part of Python's pickle language that a state dictionary is written in.
///
/// It builds dictionaries, lists, tuples, numbers, text and descriptions of tensors. It can import nothing and call
/// nothing: the few names it knows stand for the tables below, and every other name or instruction is an error.
struct PickleMachine {
  /// A run of elements in one of the file's storages.
  struct Storage {
    var key: String
    var dtype: DType
    /// The number of elements of the whole storage that `key` names.
    var count: Int
    /// The first element and the number of elements of the part meant here.
    var view: Range<Int>
  }

  /// A view of a storage; its numbers are not yet checked against the storage's size.
  struct Tensor {
    var storage: Int
    var offset: Int
    var shape: [Int]
    var strides: [Int]
  }

  /// A state dictionary has about 40 instructions for a tensor; a pickle that goes on and on is stopped here.
  static let instructionLimit = 1_000_000
  /// The most bytes that a pickle may have.
  static let byteLimit = 64 << 20
  static let rankLimit = 64

  let file: MappedFile
  var sequences: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [Storage] = []
  var tensors: [Tensor] = []

  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var instructionCount = 0

  init(_ file: MappedFile) {
    self.file = file
  }

  /// Carries out one pickle and returns what it leaves, with `reader` behind its last instruction.
  mutating func run(_ reader: inout ByteReader) throws(WeightFileError) -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      try charge(1)
      let start = reader.offset
      let opcode = try reader.integer(UInt8.self, "a pickle")
      if opcode == UInt8(ascii: ".") { return try pop() }
      if try pushConstant(opcode, &reader) { continue }
      if try build(opcode) { continue }
      if try remember(opcode, &reader) { continue }
      if try call(opcode, &reader) { continue }
      throw file.error(
        "holds the pickle instruction 0x\(String(opcode, radix: 16)) at byte \(start), which no state dictionary needs",
        advice: "It was not carried out; save the model's state_dict() alone, or use a .safetensors file")
    }
  }

  /// Counts an instruction, or the values that one copies, so that a short pickle cannot ask for much memory.
  mutating func charge(_ count: Int) throws(WeightFileError) {
    instructionCount += count
    guard instructionCount <= Self.instructionLimit else {
      throw file.error("holds a pickle of more than \(Self.instructionLimit) instructions")
    }
  }

  mutating func pop() throws(WeightFileError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw file.error("holds a pickle that takes more than it has put")
    }
    return value
  }

  mutating func push(_ value: PickleValue) { stack.append(value) }

  mutating func pushSequence(_ values: [PickleValue]) {
    sequences.append(values)
    push(.sequence(sequences.count - 1))
  }

  private mutating func popToMark() throws(WeightFileError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw file.error("holds a pickle without the mark that it needs") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  /// Constants: true where `opcode` was one.
  private mutating func pushConstant(_ opcode: UInt8, _ reader: inout ByteReader) throws(WeightFileError) -> Bool {
    let what = "a pickle"
    switch opcode {
    case UInt8(ascii: "N"): push(.none)
    case 0x88: push(.bool(true))
    case 0x89: push(.bool(false))
    case UInt8(ascii: "J"): push(.integer(Int(try reader.integer(Int32.self, what))))
    case UInt8(ascii: "K"): push(.integer(Int(try reader.integer(UInt8.self, what))))
    case UInt8(ascii: "M"): push(.integer(Int(try reader.integer(UInt16.self, what))))
    case 0x8A:
      let bytes = try reader.take(Int(try reader.integer(UInt8.self, what)), what)
      guard bytes.count <= 8 else { throw file.error("holds a number of \(bytes.count) bytes") }
      // Little-endian with a sign, which the last byte's arithmetic shift carries into the missing bytes.
      var value = bytes.last.map { Int8(bitPattern: $0) < 0 ? -1 : 0 } ?? 0
      for byte in bytes.reversed() { value = value << 8 | Int(byte) }
      push(.integer(value))
    case UInt8(ascii: "G"):
      push(.real(Double(bitPattern: try reader.integer(UInt64.self, what).byteSwapped)))
    case UInt8(ascii: "X"), UInt8(ascii: "T"):
      push(.text(try reader.text(Int(try reader.integer(UInt32.self, what)), "text in a pickle")))
    case 0x8C, UInt8(ascii: "U"):
      push(.text(try reader.text(Int(try reader.integer(UInt8.self, what)), "text in a pickle")))
    case 0x80:
      let version = try reader.integer(UInt8.self, what)
      guard (2...5).contains(version) else { throw file.error("is a pickle of version \(version); 2 to 5 can be read") }
    case 0x95: _ = try reader.take(8, "a pickle's frame")
    default: return false
    }
    return true
  }

  /// Containers: true where `opcode` makes or fills one.
  private mutating func build(_ opcode: UInt8) throws(WeightFileError) -> Bool {
    switch opcode {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: ")"), UInt8(ascii: "]"): pushSequence([])
    case UInt8(ascii: "t"): pushSequence(try popToMark())
    case 0x85...0x87:
      var values: [PickleValue] = []
      for _ in 0x85...opcode { values.append(try pop()) }
      pushSequence(values.reversed())
    case UInt8(ascii: "}"): pushDictionary([])
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([try pop(), value])
    case UInt8(ascii: "u"): try set(try popToMark())
    default: return false
    }
    return true
  }

  /// The memo, by which a pickle refers to what it has made before: true where `opcode` uses it.
  private mutating func remember(_ opcode: UInt8, _ reader: inout ByteReader) throws(WeightFileError) -> Bool {
    let what = "a pickle"
    switch opcode {
    case UInt8(ascii: "q"): try memoize(Int(try reader.integer(UInt8.self, what)))
    case UInt8(ascii: "r"): try memoize(Int(try reader.integer(UInt32.self, what)))
    case 0x94: try memoize(memo.count)
    case UInt8(ascii: "h"): try recall(Int(try reader.integer(UInt8.self, what)))
    case UInt8(ascii: "j"): try recall(Int(try reader.integer(UInt32.self, what)))
    default: return false
    }
    return true
  }

  private mutating func memoize(_ index: Int) throws(WeightFileError) {
    let value = try pop()
    memo[index] = value
    push(value)
  }

  private mutating func recall(_ index: Int) throws(WeightFileError) {
    guard let value = memo[index] else { throw file.error("holds a pickle that recalls what it never made") }
    push(value)
  }

  mutating func pushDictionary(_ pairs: [(key: PickleValue, value: PickleValue)]) {
    dictionaries.append(pairs)
    push(.dictionary(dictionaries.count - 1))
  }

  private mutating func append(_ values: [PickleValue]) throws(WeightFileError) {
    guard case .sequence(let index) = try pop() else { throw file.error("holds a pickle that appends to no list") }
    sequences[index] += values
    push(.sequence(index))
  }

  private mutating func set(_ values: [PickleValue]) throws(WeightFileError) {
    guard case .dictionary(let index) = try pop(), values.count.isMultiple(of: 2) else {
      throw file.error("holds a pickle that sets items of no dictionary")
    }
    for pair in stride(from: 0, to: values.count, by: 2) {
      dictionaries[index].append((values[pair], values[pair + 1]))
    }
    push(.dictionary(index))
  }
}
