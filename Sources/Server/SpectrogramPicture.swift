import Features
import Foundation

/// A spectrogram image as a PNG: its channels one above the other, the lowest mel bin of each at the bottom, one pixel a
/// value, in viridis.
///
/// The picture is 50 kB as it is, so it is stored without compression: a few lines in place of gnuplot, which takes a
/// process, a folder of files and half a second for each figure.
enum SpectrogramPicture {
  static func png(_ image: SpectrogramImage) -> Data {
    let (width, height) = (image.frameCount, 3 * image.melCount)
    var pixels: [UInt8] = []
    pixels.reserveCapacity((width + 1) * height)
    for channel in 0..<3 {
      let colours = colours(image.channel(channel))
      for row in (0..<image.melCount).reversed() {
        pixels.append(0)  // the filter of this line: none
        pixels += colours[row * width..<(row + 1) * width]
      }
    }
    var png = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    // 8 bits a pixel, each an index of the palette; no interlacing.
    png.append(chunk("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 3, 0, 0, 0]))
    png.append(chunk("PLTE", palette))
    png.append(chunk("IDAT", stored(pixels)))
    png.append(chunk("IEND", []))
    return png
  }

  /// Indices of the palette.
  private static func colours(_ values: ArraySlice<Float>) -> [UInt8] {
    let range = ColourScale.range(of: values) ?? 0...1
    let scale = 255 / max(range.upperBound - range.lowerBound, 1e-3)
    return values.map { UInt8(min(max(($0 - range.lowerBound) * scale, 0), 255)) }
  }

  /// 256 colours of viridis, interpolated between its points.
  private static let palette: [UInt8] = {
    let colours = ColourScale.viridis
    return (0..<256).flatMap { index in
      let place = Double(index) / 255 * Double(colours.count - 1)
      let lower = min(Int(place), colours.count - 2)
      return [16, 8, 0].map { shift in
        let (from, to) = (Double(colours[lower] >> shift & 0xFF), Double(colours[lower + 1] >> shift & 0xFF))
        return UInt8((from + (to - from) * (place - Double(lower))).rounded())
      }
    }
  }()

  private static func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }

  private static func chunk(_ type: String, _ content: [UInt8]) -> Data {
    let body = Array(type.utf8) + content
    return Data(bigEndian(UInt32(content.count)) + body + bigEndian(crc32(body)))
  }

  /// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: bytes.count, by: 65_535) {
      let block = bytes[start..<min(start + 65_535, bytes.count)]
      let length = UInt16(block.count)
      stream.append(start + block.count == bytes.count ? 1 : 0)
      stream += withUnsafeBytes(of: (length.littleEndian, (~length).littleEndian), Array.init)
      stream += block
    }
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return stream + bigEndian(b << 16 | a)
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in crcTable[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8 }
  }

  private static let crcTable: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
  }
}
