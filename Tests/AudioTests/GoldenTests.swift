import Foundation
import Testing

@testable import Audio

/// Decoding against Python's soundfile; `tools/golden_audio.py` makes the values.
@Suite struct GoldenTests {
  @Test(
    arguments: [
      // Integers are exact but for the rounding of the mean; lossy decoders differ a little between their versions.
      ("unsigned8.wav", 0), ("signed24.flac", 6e-8), ("signed16.aiff", 6e-8), ("vorbis.ogg", 1e-5),
      ("layer3.mp3", 1e-4),
    ] as [(String, Float)])
  func samples(_ name: String, _ tolerance: Float) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let expected = try Data(contentsOf: folder.appending(path: name + ".f32")).withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
      }
    }
    let waveform = try AudioFile.read(folder.appending(path: name).path)
    #expect(waveform.sampleRate == 16_000)
    #expect(waveform.samples.count == expected.count)
    #expect(distance(waveform.samples, expected) <= tolerance)
  }
}
