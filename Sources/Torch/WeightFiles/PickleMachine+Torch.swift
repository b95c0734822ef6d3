/// The names that a state dictionary refers to, and what they stand for here.
extension PickleMachine {
  private static let callables: Set = [
    "collections.OrderedDict", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter", "torch.nn.parameter.Parameter",
  ]

  private static let storageTypes: [String: DType] = [
    "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "FloatStorage": .float32, "DoubleStorage": .float64,
    "CharStorage": .int8, "ByteStorage": .uint8, "ShortStorage": .int16, "IntStorage": .int32, "LongStorage": .int64,
    "BoolStorage": .bool,
  ]

  private static func storageType(_ name: String) -> DType? {
    for module in ["torch.cuda.", "torch."] where name.hasPrefix(module) {
      if let type = storageTypes[String(name.dropFirst(module.count))] { return type }
    }
    return nil
  }

  /// Names, calls and references to storages: true where `opcode` was one.
  mutating func call(_ opcode: UInt8, _ reader: inout ByteReader) throws(WeightFileError) -> Bool {
    switch opcode {
    case UInt8(ascii: "c"): try pushGlobal(try reader.line("a pickle's name"), try reader.line("a pickle's name"))
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw file.error("holds a pickle that names something by other than text")
      }
      try pushGlobal(module, name)
    case UInt8(ascii: "R"), 0x81:
      let arguments = try values(of: try pop())
      guard case .global(let name) = try pop() else { throw file.error("holds a pickle that calls what is not a name") }
      try make(name, arguments)
    case UInt8(ascii: "b"):
      // The state of an OrderedDict (PyTorch's version notes) or of a parameter: nothing that a tensor needs.
      _ = try pop()
      switch try pop() {
      case .dictionary(let index): push(.dictionary(index))
      case .tensor(let index): push(.tensor(index))
      default: throw file.error("holds a pickle that sets the state of an object that has none")
      }
    case UInt8(ascii: "Q"): try pushStorage(try values(of: try pop()))
    default: return false
    }
    return true
  }

  private mutating func pushGlobal(_ module: String, _ name: String) throws(WeightFileError) {
    let name = "\(module).\(name)"
    guard Self.callables.contains(name) || Self.storageType(name) != nil else {
      throw file.error(
        "asks for \(name), which no state dictionary needs",
        advice: "Nothing was carried out; do not trust the file, or save the model's state_dict() alone")
    }
    push(.global(name))
  }

  private func values(of value: PickleValue) throws(WeightFileError) -> [PickleValue] {
    guard case .sequence(let index) = value else { throw file.error("holds a pickle with no tuple where one must be") }
    return sequences[index]
  }

  private mutating func make(_ name: String, _ arguments: [PickleValue]) throws(WeightFileError) {
    switch (name, arguments.count) {
    case ("collections.OrderedDict", 0): pushDictionary([])
    case ("collections.OrderedDict", 1):
      // Python 2 passes the items as pairs.
      var pairs: [(key: PickleValue, value: PickleValue)] = []
      let items = try values(of: arguments[0])
      try charge(items.count)
      for item in items {
        let pair = try values(of: item)
        guard pair.count == 2 else { throw file.error("holds a pickle with an item that is not a pair") }
        pairs.append((pair[0], pair[1]))
      }
      pushDictionary(pairs)
    case ("torch._utils._rebuild_tensor", 4), ("torch._utils._rebuild_tensor_v2", 6):
      try makeTensor(arguments)
    case ("torch._utils._rebuild_tensor_v2", 7):
      // The seventh holds bits that change the values' sign or conjugate them.
      guard arguments[6] == .none || isEmptyDictionary(arguments[6]) else {
        throw file.error("holds a tensor whose values are only to be negated", advice: "Save it with .resolve_neg()")
      }
      try makeTensor(arguments)
    case ("torch._utils._rebuild_parameter", 3), ("torch.nn.parameter.Parameter", 1...2):
      guard case .tensor(let index) = arguments[0] else { throw file.error("holds a parameter that is not a tensor") }
      push(.tensor(index))
    default:
      throw file.error("calls \(name) with \(arguments.count) arguments")
    }
  }

  private func isEmptyDictionary(_ value: PickleValue) -> Bool {
    if case .dictionary(let index) = value { dictionaries[index].isEmpty } else { false }
  }

  private mutating func makeTensor(_ arguments: [PickleValue]) throws(WeightFileError) {
    guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1] else {
      throw file.error("holds a tensor without a storage")
    }
    let shape = try integers(arguments[2])
    let strides = try integers(arguments[3])
    try charge(shape.count + strides.count)
    tensors.append(Tensor(storage: storage, offset: offset, shape: shape, strides: strides))
    push(.tensor(tensors.count - 1))
  }

  private func integers(_ value: PickleValue) throws(WeightFileError) -> [Int] {
    let values = try values(of: value)
    guard values.count <= Self.rankLimit else { throw file.error("holds a tensor of \(values.count) dimensions") }
    return try values.map { (value) throws(WeightFileError) in
      guard case .integer(let integer) = value else { throw file.error("holds a tensor whose shape is not numbers") }
      return integer
    }
  }

  /// ("storage", type, key, device, count), and in the legacy form a sixth: nothing, or (key, first element, count).
  private mutating func pushStorage(_ identifier: [PickleValue]) throws(WeightFileError) {
    guard 5...6 ~= identifier.count, identifier[0] == .text("storage"),
      case .global(let typeName) = identifier[1], let dtype = Self.storageType(typeName),
      case .text(let key) = identifier[2], case .integer(let count) = identifier[4], count >= 0
    else {
      throw file.error("refers to something other than a storage of a type that is supported")
    }
    var view = 0..<count
    if identifier.count == 6, identifier[5] != .none {
      let values = try values(of: identifier[5])
      guard values.count == 3, case .integer(let first) = values[1], case .integer(let size) = values[2],
        first >= 0, size >= 0, first <= count, size <= count - first
      else { throw file.error("holds a view beyond its storage \"\(key)\"") }
      view = first..<first + size
    }
    storages.append(Storage(key: key, dtype: dtype, count: count, view: view))
    push(.storage(storages.count - 1))
  }
}

extension ByteReader {
  /// The bytes up to the next line feed, as text.
  fileprivate mutating func line(_ what: String) throws(WeightFileError) -> String {
    let rest = file.bytes[offset..<end]
    guard let lineFeed = rest.prefix(1_000).firstIndex(of: UInt8(ascii: "\n")) else {
      throw file.error("\(what) at byte \(offset) has no end")
    }
    let line = try text(lineFeed - offset, what)
    _ = try take(1, what)
    return line
  }
}
