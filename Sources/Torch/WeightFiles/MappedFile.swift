import Foundation

/// A whole file, mapped read-only and unmapped when the last tensor that refers to it goes away.
///
/// The map is never written and its address never changes, which makes sharing it between threads sound.
final class MappedFile: @unchecked Sendable {
  let path: String
  let bytes: UnsafeRawBufferPointer

  init(path: String) throws(WeightFileError) {
    self.path = path
    // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Self.error(path, "cannot be opened: \(String(cString: strerror(errno)))", "Check the path and permissions")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Self.error(path, "is not a regular file", "Name a .safetensors or .pth file")
    }
    guard status.st_size > 0, let size = Int(exactly: status.st_size) else {
      throw Self.error(path, "is empty", "Fetch or export it again")
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw Self.error(path, "cannot be mapped: \(String(cString: strerror(errno)))", "Free some memory and try again")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }

  /// An error about this file; most of what can be wrong with one is mended by getting it again.
  func error(
    _ problem: String, advice: String = "The file is damaged or not what its name says: fetch or export it again"
  ) -> WeightFileError {
    WeightFileError(path: path, problem: problem, advice: advice)
  }

  private static func error(_ path: String, _ problem: String, _ advice: String) -> WeightFileError {
    WeightFileError(path: path, problem: problem, advice: advice)
  }
}

/// A position in a mapped file that moves forward and never past `end`.
struct ByteReader {
  let file: MappedFile
  private(set) var offset: Int
  let end: Int

  /// A reader of `range`, which is clamped to the file.
  init(_ file: MappedFile, _ range: Range<Int>) {
    let inside = range.clamped(to: 0..<file.bytes.count)
    self.file = file
    offset = inside.lowerBound
    end = inside.upperBound
  }

  var isAtEnd: Bool { offset == end }

  /// The next `count` bytes, which are `what` in the error if they are not there.
  mutating func take(_ count: Int, _ what: String) throws(WeightFileError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= end - offset else {
      throw file.error(
        "ends too early: \(what) needs \(count) bytes at byte \(offset), but only \(end - offset) are left")
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: file.bytes[offset..<offset + count])
  }

  /// The next little-endian integer.
  mutating func integer<T: FixedWidthInteger>(_ type: T.Type, _ what: String) throws(WeightFileError) -> T {
    T(littleEndian: try take(MemoryLayout<T>.size, what).loadUnaligned(as: T.self))
  }

  /// The next unsigned 64-bit length or position, refused where it exceeds what can be addressed.
  mutating func position(_ what: String) throws(WeightFileError) -> Int {
    let value = try integer(UInt64.self, what)
    guard let position = Int(exactly: value) else { throw file.error("\(what) is \(value), beyond any file") }
    return position
  }

  /// The next `count` bytes as text.
  mutating func text(_ count: Int, _ what: String) throws(WeightFileError) -> String {
    let start = offset
    guard let text = String(bytes: try take(count, what), encoding: .utf8) else {
      throw file.error("\(what) at byte \(start) is not UTF-8")
    }
    return text
  }
}
