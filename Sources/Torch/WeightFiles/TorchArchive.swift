/// Reads the tensors of what `torch.save` wrote: a state dictionary, or a dictionary that holds one.
enum TorchArchive {
  /// The number that opens the legacy form, 0x1950A86A20F9469CFC6C, as a pickle spells it.
  static let legacyMagic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]

  /// Where training scripts put the state dictionary beside other things.
  private static let stateKeys = ["state_dict", "model_state_dict", "model"]

  /// PyTorch 1.6 and later: a zip archive with `data.pkl` and one entry for each storage.
  static func tensors(inZip file: MappedFile) throws(WeightFileError) -> [StoredTensor] {
    let archive = try ZipArchive(file)
    let pickles = archive.names.filter { $0.hasSuffix("/data.pkl") && $0.count { $0 == "/" } == 1 }
    guard pickles.count == 1, let pickle = pickles.first, let range = try archive.range(of: pickle) else {
      throw file.error("is a zip archive, but not one that torch.save wrote: it has \(pickles.count) files data.pkl")
    }
    let folder = pickle.dropLast("data.pkl".count)
    if let order = try archive.range(of: "\(folder)byteorder"), !file.bytes[order].elementsEqual("little".utf8) {
      throw file.error("was not written on a little-endian machine", advice: "Save it again on one")
    }
    try checkSize(range, of: file)
    var machine = PickleMachine(file)
    var reader = ByteReader(file, range)
    let root = try machine.run(&reader)
    return try tensors(of: root, machine) { (storage) throws(WeightFileError) in
      guard let range = try archive.range(of: "\(folder)data/\(storage.key)") else {
        throw file.error("lacks the storage \"\(storage.key)\"")
      }
      return range
    }
  }

  /// Before PyTorch 1.6: five pickles, then each storage with its length before it.
  static func tensors(inLegacyPickle file: MappedFile) throws(WeightFileError) -> [StoredTensor] {
    let start = 2 + legacyMagic.count
    let pickles = start..<min(file.bytes.count, start + PickleMachine.byteLimit)
    var reader = ByteReader(file, pickles)
    var machine = PickleMachine(file)
    guard case .integer(1001) = try machine.run(&reader) else {
      throw file.error("is of another version of PyTorch's legacy form than 1001")
    }
    let system = try machine.run(&reader)
    if case .dictionary(let index) = system,
      machine.dictionaries[index].contains(where: { $0.key == .text("little_endian") && $0.value == .bool(false) })
    {
      throw file.error("was not written on a little-endian machine", advice: "Save it again on one")
    }
    let root = try machine.run(&reader)
    let keys = try machine.run(&reader)
    let ranges = try legacyStorages(keys, machine, from: reader.offset)
    return try tensors(of: root, machine) { (storage) throws(WeightFileError) in
      guard let range = ranges[storage.key] else { throw file.error("lacks the storage \"\(storage.key)\"") }
      return range
    }
  }

  private static func checkSize(_ pickle: Range<Int>, of file: MappedFile) throws(WeightFileError) {
    guard pickle.count <= PickleMachine.byteLimit else {
      throw file.error("holds a pickle of \(pickle.count) bytes; at most \(PickleMachine.byteLimit) are read")
    }
  }

  private static func legacyStorages(
    _ keys: PickleValue, _ machine: PickleMachine, from start: Int
  ) throws(WeightFileError) -> [String: Range<Int>] {
    let file = machine.file
    guard case .sequence(let index) = keys else { throw file.error("lacks the list of its storages") }
    let types = Dictionary(machine.storages.map { ($0.key, $0.dtype) }, uniquingKeysWith: { first, _ in first })
    var ranges: [String: Range<Int>] = [:]
    var reader = ByteReader(file, start..<file.bytes.count)
    for key in machine.sequences[index] {
      guard case .text(let key) = key, let dtype = types[key] else {
        throw file.error("lists a storage that no tensor uses")
      }
      let count = try reader.position("the length of storage \"\(key)\"")
      let (size, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
      guard !overflow else { throw file.error("has a storage of \(count) elements") }
      let first = reader.offset
      _ = try reader.take(size, "storage \"\(key)\"")
      ranges[key] = first..<reader.offset
    }
    return ranges
  }

  /// The tensors of the state dictionary in `root`; `locate` says where in the file a whole storage is.
  private static func tensors(
    of root: PickleValue, _ machine: PickleMachine,
    locate: (PickleMachine.Storage) throws(WeightFileError) -> Range<Int>
  ) throws(WeightFileError) -> [StoredTensor] {
    let file = machine.file
    var stored: [StoredTensor] = []
    for (key, value) in try stateDictionary(root, machine) {
      guard case .text(let name) = key else { throw file.error("holds a tensor whose name is not text") }
      guard case .tensor(let index) = value else {
        throw file.error(
          "holds something other than a tensor under \"\(name.prefix(100))\"",
          advice: "Save the model's state_dict() alone")
      }
      let tensor = machine.tensors[index]
      let storage = machine.storages[tensor.storage]
      let range = try locate(storage)
      let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.dtype.byteCount)
      guard !overflow, size == range.count else {
        throw file.error("has \(range.count) bytes for storage \"\(storage.key)\" of \(storage.count) \(storage.dtype)")
      }
      let first = range.lowerBound + storage.view.lowerBound * storage.dtype.byteCount
      stored.append(
        try StoredTensor(
          name: name, dtype: storage.dtype, shape: tensor.shape, strides: tensor.strides, offset: tensor.offset,
          in: first..<first + storage.view.count * storage.dtype.byteCount, of: file))
    }
    return stored
  }

  private static func stateDictionary(
    _ root: PickleValue, _ machine: PickleMachine
  ) throws(WeightFileError) -> [(key: PickleValue, value: PickleValue)] {
    guard case .dictionary(let index) = root else {
      throw machine.file.error("holds no state dictionary", advice: "Save the model's state_dict()")
    }
    let items = machine.dictionaries[index]
    let hasTensors = items.contains { if case .tensor = $0.value { true } else { false } }
    if hasTensors || items.isEmpty { return items }
    for key in stateKeys {
      if case .dictionary(let inner) = items.first(where: { $0.key == .text(key) })?.value {
        return machine.dictionaries[inner]
      }
    }
    throw machine.file.error(
      "holds no tensors, neither on top nor under \(stateKeys.joined(separator: ", "))",
      advice: "Save the model's state_dict() alone")
  }
}
