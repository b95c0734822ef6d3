import Foundation
import Storage

extension WeightFile {
  /// One tensor to be written: its values are asked for when their turn comes, so that not all are in memory at once.
  public struct Entry {
    /// The tensor's name.
    public let name: String
    /// The type of its elements.
    public let dtype: DType
    /// Its dimensions; empty for a scalar.
    public let shape: [Int]
    /// Its values, packed in row-major order, little-endian.
    public let bytes: () throws -> Data

    /// A tensor named `name`; `bytes` is evaluated when the file is written.
    public init(name: String, dtype: DType, shape: [Int], bytes: @autoclosure @escaping () throws -> Data) {
      (self.name, self.dtype, self.shape, self.bytes) = (name, dtype, shape, bytes)
    }
  }

  /// Writes a `.safetensors` file beside `path` and then renames it, so that no half-written file is ever seen; a device or a
  /// pipe is written to directly.
  ///
  /// The same tensors and metadata always give the same bytes, in whatever order they are passed.
  /// - throws: `WeightFileError` for repeated names, for values that do not fit their shape and for a full disk, and
  ///   whatever an entry's `bytes` throws.
  public static func write(_ entries: [Entry], metadata: [String: String] = [:], to path: String) throws {
    // The widest types come first, so that every tensor is aligned to its element size.
    let entries = entries.sorted { (-$0.dtype.byteCount, $0.name) < (-$1.dtype.byteCount, $1.name) }
    let header = try safetensorsHeader(entries, metadata: metadata, path: path)
    let output = try AtomicOutput(path: path)
    try output.write(header)
    for entry in entries {
      let bytes = try entry.bytes()
      guard bytes.count == (StoredTensor.elementCount(entry.shape) ?? 0) * entry.dtype.byteCount else {
        throw WeightFileError(
          path: path,
          problem:
            "tensor \"\(entry.name)\" of shape \(entry.shape) and type \(entry.dtype) comes with \(bytes.count) bytes",
          advice: "Nothing was written")
      }
      try output.write(bytes)
    }
    try output.finish()
  }

  private static func safetensorsHeader(
    _ entries: [Entry], metadata: [String: String], path: String
  ) throws(WeightFileError) -> Data {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var names: Set = ["__metadata__"]
    var offset = 0
    for entry in entries {
      let size = StoredTensor.elementCount(entry.shape)?.multipliedReportingOverflow(by: entry.dtype.byteCount)
      let (end, isTooLarge) = offset.addingReportingOverflow(size?.partialValue ?? 0)
      guard names.insert(entry.name).inserted, let size, !size.overflow, !isTooLarge else {
        throw WeightFileError(
          path: path,
          problem: "tensor \"\(entry.name)\" has a name that is taken or an impossible shape \(entry.shape)",
          advice: "Nothing was written")
      }
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(entry.name)):{\"dtype\":\"\(entry.dtype.safetensorsName)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Data("{\(members.joined(separator: ","))}".utf8)
    json.append(Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
  }

  private static func quoted(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\u{0}"..<"\u{20}": json += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}

/// A file written beside its final place, which it takes when it is finished, and removed when it is not; or a device or a
/// pipe.
private final class AtomicOutput {
  private let path: String
  private let place: OutputPlace
  /// nil for a device or a pipe.
  private let partialPath: String?
  private let descriptor: Int32
  private var isFinished = false

  init(path: String) throws(WeightFileError) {
    let place = OutputPlace(path)
    let partialPath = place.isSpecial ? nil : "\(place.path).\(UUID().uuidString).part"
    (self.path, self.place, self.partialPath) = (path, place, partialPath)
    descriptor =
      partialPath.map { place.openSuccessor($0, O_WRONLY | O_EXCL) } ?? open(place.path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isFinished, let partialPath { unlink(partialPath) }
  }

  func write(_ data: Data) throws(WeightFileError) {
    let failed = data.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
        let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return true }
        written += count
      }
      return false
    }
    if failed { throw Self.failure(path) }
  }

  func finish() throws(WeightFileError) {
    if let partialPath {
      guard fsync(descriptor) == 0, rename(partialPath, place.path) == 0 else { throw Self.failure(path) }
    }
    isFinished = true
  }

  private static func failure(_ path: String) -> WeightFileError {
    WeightFileError(
      path: path, problem: "cannot be written: \(String(cString: strerror(errno)))",
      advice: "Check the folder, its permissions and the free space")
  }
}
