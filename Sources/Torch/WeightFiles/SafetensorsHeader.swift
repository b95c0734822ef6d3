/// The header of a `.safetensors` file: an eight-byte length, then JSON that names each tensor's type, shape and bytes.
///
/// Only the JSON that the format allows is taken, two objects deep, so that no nesting can exhaust the stack and no
/// repeated key goes unseen.
struct SafetensorsHeader {
  /// The published limit on the header's length.
  static let byteLimit = 100_000_000
  /// More dimensions than any tensor has; it keeps a lying header from filling memory.
  static let rankLimit = 64

  struct Entry {
    var name: String
    var dtype: DType
    var shape: [Int]
    /// Where the values are, counted from the end of the header.
    var bytes: Range<Int>
  }

  /// The tensors in the order of their bytes.
  let entries: [Entry]
  let metadata: [String: String]
  /// Where the header ends.
  let dataStart: Int

  init(_ file: MappedFile) throws(WeightFileError) {
    var reader = ByteReader(file, 0..<file.bytes.count)
    let length = try reader.position("the header's length")
    guard length <= Self.byteLimit else {
      throw file.error("claims a header of \(length) bytes, and the format allows \(Self.byteLimit)")
    }
    let start = reader.offset
    _ = try reader.take(length, "the header")
    dataStart = reader.offset

    var entries: [Entry] = []
    var metadata: [String: String]?
    var json = JSONScanner(file, start..<dataStart)
    try json.members { (json, key) throws(WeightFileError) in
      if key == "__metadata__" {
        guard metadata == nil else { throw json.error("has \"__metadata__\" twice") }
        metadata = try Self.metadata(&json)
      } else {
        entries.append(try Self.entry(key, &json))
      }
    }
    try json.expectEnd()
    self.entries = entries.sorted {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }
    self.metadata = metadata ?? [:]
    try checkCoverage(of: file)
  }

  /// The tensors that the header names.
  func tensors(in file: MappedFile) throws(WeightFileError) -> [StoredTensor] {
    var tensors: [StoredTensor] = []
    tensors.reserveCapacity(entries.count)
    for entry in entries {
      let range = entry.bytes.lowerBound + dataStart..<entry.bytes.upperBound + dataStart
      tensors.append(try StoredTensor(name: entry.name, dtype: entry.dtype, shape: entry.shape, in: range, of: file))
    }
    return tensors
  }

  private static func metadata(_ json: inout JSONScanner) throws(WeightFileError) -> [String: String] {
    var metadata: [String: String] = [:]
    try json.members { (json, key) throws(WeightFileError) in
      guard metadata.updateValue(try json.string(), forKey: key) == nil else {
        throw json.error("has the metadata key \"\(key)\" twice")
      }
    }
    return metadata
  }

  private static func entry(_ name: String, _ json: inout JSONScanner) throws(WeightFileError) -> Entry {
    var dtype: DType?
    var shape: [Int]?
    var offsets: [Int]?
    try json.members { (json, key) throws(WeightFileError) in
      switch key {
      case "dtype" where dtype == nil:
        let typeName = try json.string()
        dtype = DType(safetensorsName: typeName)
        guard dtype != nil else {
          throw json.error("gives tensor \"\(name)\" the type \(typeName), which is not supported")
        }
      case "shape" where shape == nil:
        shape = try json.integers(atMost: rankLimit)
      case "data_offsets" where offsets == nil:
        offsets = try json.integers(atMost: 2)
      default:
        throw json.error("has a repeated or unknown key \"\(key)\" in tensor \"\(name)\"")
      }
    }
    guard let dtype, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw json.error("lacks a proper dtype, shape or data_offsets for tensor \"\(name)\"")
    }
    let size = StoredTensor.elementCount(shape)?.multipliedReportingOverflow(by: dtype.byteCount)
    guard let size, !size.overflow, size.partialValue == offsets[1] - offsets[0] else {
      throw json.error(
        "gives tensor \"\(name)\" of shape \(shape) and type \(dtype) \(offsets[1] - offsets[0]) bytes, the wrong number"
      )
    }
    return Entry(name: name, dtype: dtype, shape: shape, bytes: offsets[0]..<offsets[1])
  }

  /// The format leaves no holes, no overlaps and nothing after the last tensor, so that a file can hide nothing.
  private func checkCoverage(of file: MappedFile) throws(WeightFileError) {
    var end = 0
    for entry in entries {
      guard entry.bytes.lowerBound == end else {
        throw file.error(
          "has tensor \"\(entry.name)\" at byte \(entry.bytes.lowerBound) of its data, expected at \(end)")
      }
      end = entry.bytes.upperBound
    }
    guard end == file.bytes.count - dataStart else {
      throw file.error("has \(file.bytes.count - dataStart) bytes of data, but its tensors need \(end)")
    }
  }
}
