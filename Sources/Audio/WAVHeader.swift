import Foundation

/// Reads the header of a WAV stream, which may come in pieces of any size.
struct WAVHeader {
  private let name: String
  /// The size that the header gives the whole; nil before it has come.
  private var wholeSize: Int?
  /// Where the next chunk begins, in bytes from the stream's beginning.
  private var position = 0
  /// The bytes of a chunk of no interest that are still to come.
  private var skipping = 0
  private var format: PCMFormat?
  private var longSize: Int?

  init(name: String) { self.name = name }

  var isAtStart: Bool { wholeSize == nil }

  /// Takes whole chunks off the front of `pending`; returns the format, and the number of bytes of sound if the header
  /// gives it, once the sound begins.
  mutating func read(_ pending: inout Data) throws -> (format: PCMFormat, length: Int?)? {
    if isAtStart {
      guard pending.count >= 12 else { return nil }
      guard PCMStream.isWAV(pending) else { throw failure("it does not begin with a WAV header") }
      wholeSize = pending.number(4, 4)
      take(12, &pending)
    }
    while true {
      let skipped = min(skipping, pending.count)
      take(skipped, &pending)
      skipping -= skipped
      guard skipping == 0, pending.count >= 8 else { return nil }
      let size = pending.number(4, 4)
      let padded = size + size & 1
      switch String(decoding: pending.prefix(4), as: UTF8.self) {
      case "data":
        guard let format else { throw failure("its samples come before their format") }
        let length = length(size)
        take(8, &pending)
        return (format, length)
      case "fmt ":
        guard (16...4_096).contains(size) else { throw failure("its format takes \(size) bytes, expected 16 to 4,096") }
        guard pending.count >= 8 + padded else { return nil }
        format = try format(Data(pending.dropFirst(8).prefix(size)))
        take(8 + padded, &pending)
      case "ds64" where (24...4_096).contains(size):
        guard pending.count >= 8 + padded else { return nil }
        longSize = pending.number(16, 6)
        take(8 + padded, &pending)
      default:
        take(8, &pending)
        skipping = padded
      }
    }
  }

  private mutating func take(_ count: Int, _ pending: inout Data) {
    pending = Data(pending.dropFirst(count))
    position += count
  }

  /// The bytes of sound, of a chunk that gives `size`; nil where its writer could not know.
  private func length(_ size: Int) -> Int? {
    switch size {
    case 0: isKnownEmpty(wholeSize: wholeSize ?? 0, samplesChunkAt: position) ? 0 : nil
    case 0xFFFF_FFFF: longSize.flatMap { $0 > 0 ? $0 : nil }
    default: isKnownSize(size) ? size : nil
    }
  }

  private func format(_ bytes: Data) throws -> PCMFormat {
    var tag = bytes.number(0, 2)
    let (channels, rate, width, bits) = (
      bytes.number(2, 2), bytes.number(4, 4), bytes.number(12, 2), bytes.number(14, 2)
    )
    if tag == 0xFFFE, bytes.count >= 26 { tag = bytes.number(24, 2) }
    let encodings: [Int: [Int: PCMEncoding]] = [
      1: [8: .u8, 16: .s16le, 24: .s24le, 32: .s32le], 3: [32: .f32le, 64: .f64le],
    ]
    guard let encoding = encodings[tag]?[bits] else {
      throw AudioError.notStreamable(name, reason: "WAV of encoding \(tag) with \(bits) bits")
    }
    let format = try PCMFormat(sampleRate: rate, channels: channels, encoding: encoding).checked(name)
    guard width == encoding.size * channels else {
      throw failure("its frames have \(width) bytes, expected \(encoding.size * channels)")
    }
    return format
  }

  private func failure(_ reason: String) -> AudioError { .notAudio(name, reason: reason) }
}
