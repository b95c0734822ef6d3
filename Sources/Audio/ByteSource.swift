import CSndfile
import Foundation

/// The bytes of a sound file, on disk or in memory, as libsndfile's virtual input sees them.
///
/// One way of reading serves files, pipes and uploads alike, so they give the same samples and the same errors.
final class ByteSource {
  /// What errors call the source.
  let name: String
  /// Size in bytes.
  let count: Int
  private let descriptor: Int32?
  private let data: Data
  private var position = 0
  /// Bytes that are read in place of those at `offset`.
  var patch: (offset: Int, bytes: [UInt8])?

  /// Takes bytes that are already in memory.
  init(_ data: Data, name: String) throws {
    guard !data.isEmpty else { throw AudioError.empty(name) }
    self.name = name
    self.data = data
    count = data.count
    descriptor = nil
  }

  /// Opens a file; a pipe is read to its end first, since the formats need seeking.
  ///
  /// - parameter pipeLimit: how many bytes a pipe may give.
  convenience init(path: String, pipeLimit: Int = 1 << 31) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw AudioError(reading: path, code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      defer { close(descriptor) }
      throw AudioError(reading: path, code: errno)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG where status.st_size > 0:
      self.init(descriptor: descriptor, count: Int(status.st_size), name: path)
    case S_IFIFO, S_IFSOCK:
      defer { close(descriptor) }
      try self.init(ByteSource.contents(ofPipe: descriptor, name: path, limit: pipeLimit), name: path)
    case let kind:
      close(descriptor)
      throw switch kind {
      case S_IFDIR: AudioError.directory(path)
      case S_IFREG: AudioError.empty(path)
      default: AudioError.unreadable(path, reason: "it is a device")
      }
    }
  }

  private static func contents(ofPipe descriptor: Int32, name: String, limit: Int) throws -> Data {
    let size = 1 << 16
    var block = [UInt8](repeating: 0, count: size)
    var data = Data()
    while true {
      let count = read(descriptor, &block, size)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw AudioError(reading: name, code: errno) }
      guard count > 0 else { return data }
      data.append(contentsOf: block[..<count])
      guard data.count <= limit else {
        throw AudioError.tooLarge(name, detail: "more than \(limit) bytes came through the pipe")
      }
    }
  }

  private init(descriptor: Int32, count: Int, name: String) {
    self.descriptor = descriptor
    self.count = count
    self.name = name
    data = Data()
  }

  deinit {
    if let descriptor { close(descriptor) }
  }

  /// Up to `length` bytes from `offset` on; fewer at the end.
  func bytes(at offset: Int, _ length: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
      filled = copy(into: UnsafeMutableRawBufferPointer(buffer), from: offset)
    }
  }

  /// The number of bytes that libsndfile has not reached.
  var remaining: Int { max(0, count - position) }

  private func copy(into buffer: UnsafeMutableRawBufferPointer, from offset: Int) -> Int {
    guard offset >= 0, offset < count, buffer.count > 0 else { return 0 }
    let got: Int
    if let descriptor {
      got = max(0, pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)))
    } else {
      let start = data.startIndex + offset
      got = data.copyBytes(to: buffer, from: start..<min(start + buffer.count, data.endIndex))
    }
    if let patch {
      for (index, byte) in patch.bytes.enumerated() {
        let place = patch.offset + index - offset
        if (0..<got).contains(place) { buffer[place] = byte }
      }
    }
    return got
  }

  private func seek(_ offset: Int, from whence: Int32) -> Int {
    let base =
      switch whence {
      case SEEK_CUR: position
      case SEEK_END: count
      default: 0
      }
    position = max(0, base.addingReportingOverflow(offset).partialValue)
    return position
  }

  /// libsndfile's callbacks; their last argument is the unretained `ByteSource`.
  static let callbacks = SF_VIRTUAL_IO(
    get_filelen: { sf_count_t(ByteSource.from($0)?.count ?? 0) },
    seek: { sf_count_t(ByteSource.from($2)?.seek(Int($0), from: $1) ?? 0) },
    read: { target, length, context in
      guard let source = ByteSource.from(context), let target, length > 0 else { return 0 }
      let got = source.copy(into: .init(start: target, count: Int(length)), from: source.position)
      source.position += got
      return sf_count_t(got)
    },
    write: { _, _, _ in 0 },
    tell: { sf_count_t(ByteSource.from($0)?.position ?? 0) })

  private static func from(_ context: UnsafeMutableRawPointer?) -> ByteSource? {
    context.map { Unmanaged<ByteSource>.fromOpaque($0).takeUnretainedValue() }
  }
}
