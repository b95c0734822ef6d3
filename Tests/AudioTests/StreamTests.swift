import CSndfile
import Foundation
import Testing

@testable import Audio

@Suite struct StreamTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// All samples of a stream that comes in pieces of `size` bytes.
  func samples(_ bytes: [UInt8], by size: Int, _ stream: PCMStream = PCMStream(name: "pipe")) throws -> [Float] {
    var stream = stream
    var samples: [Float] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      samples += try stream.add(Data(bytes[start..<min(start + size, bytes.count)]))
    }
    try stream.finish()
    return samples
  }

  @Test(arguments: [1, 2, 3, 1_000]) func aStreamIsResampledLikeAWhole(_ divisor: Int) throws {
    for (from, to) in [
      (48_000, 32_000), (16_000, 32_000), (44_100, 32_000), (24_414, 32_000), (192_000, 8_000), (1_000, 32_000),
    ] {
      let input = noise(from + 37)
      let whole = try Waveform(samples: input, sampleRate: from).resampled(to: to).samples
      let resampler = try StreamResampler(from: from, to: to)
      var output: [Float] = []
      let size = max(1, input.count / divisor)
      for start in stride(from: 0, to: input.count, by: size) {
        output += try input[start..<min(start + size, input.count)].withUnsafeBufferPointer { try resampler.add($0) }
      }
      output += try resampler.finish()
      #expect(output.count == whole.count && distance(output, whole) < 1e-6, "\(from) to \(to)")
    }
    #expect(throws: AudioError.self) { try StreamResampler(from: 0, to: 8_000) }
    #expect(try StreamResampler(from: 48_000, to: 8_000).finish().isEmpty)
  }

  /// What libsndfile reads out of the same file.
  @Test(arguments: [
    (SF_FORMAT_PCM_U8, PCMEncoding.u8), (SF_FORMAT_PCM_16, .s16le), (SF_FORMAT_PCM_24, .s24le),
    (SF_FORMAT_PCM_32, .s32le), (SF_FORMAT_FLOAT, .f32le), (SF_FORMAT_DOUBLE, .f64le),
  ])
  func wavIsDecodedAsLibsndfileDoes(_ format: Int, _ encoding: PCMEncoding) throws {
    let channels = [noise(3_000), noise(6_001).suffix(3_000).map { $0 / 2 }]
    for (container, count) in [(SF_FORMAT_WAV, 1), (SF_FORMAT_WAV, 2), (SF_FORMAT_WAVEX, 2), (SF_FORMAT_RF64, 1)] {
      let path = folder.file("a.wav")
      try encode(Array(channels.prefix(count)), rate: 16_000, format: container | format, to: path)
      let expected = try AudioFile.read(path).samples
      for size in [1, 7, 4_096, 1_000_000] {
        let found = try samples(folder.bytes("a.wav"), by: size)
        #expect(found.count == expected.count && distance(found, expected) < 1e-6, "\(encoding), pieces of \(size)")
      }
      var stream = PCMStream(name: "pipe")
      _ = try stream.add(Data(folder.bytes("a.wav")))
      #expect(stream.format == PCMFormat(sampleRate: 16_000, channels: count, encoding: encoding))
    }
  }

  @Test(arguments: PCMEncoding.allCases) func rawSamplesOfEachEncoding(_ encoding: PCMEncoding) throws {
    // -0.5 and 0.25 in two channels, and a torn frame at the end, which is dropped.
    func bytes(_ value: Double) -> [UInt8] {
      let isBig = encoding.rawValue.hasSuffix("be")
      let word: [UInt8]
      switch encoding {
      case .u8: return [UInt8(128 + value * 128)]
      case .f32le, .f32be: word = little(Int(Float(value).bitPattern), 4)
      case .f64le, .f64be: word = little(Int(bitPattern: UInt(value.bitPattern)), 8)
      default: word = little(Int(value * pow(2, Double(8 * encoding.size - 1))), encoding.size)
      }
      return isBig ? word.reversed() : word
    }
    let frame = bytes(-0.5) + bytes(0.25)
    let stream = try PCMStream(PCMFormat(sampleRate: 8_000, channels: 2, encoding: encoding), name: "raw")
    for size in [1, 3, 100] {
      #expect(try samples(frame + frame + frame.dropLast(), by: size, stream) == [-0.125, -0.125])
    }
    // Whatever the bytes, no frame is lost and nothing traps.
    let noise = (0..<1_001).map { UInt8(truncatingIfNeeded: $0 * $0 * 31) }
    #expect(try samples(noise, by: 13, stream).count == 1_001 / (2 * encoding.size))
  }

  /// Writers to a pipe cannot know the length; ffmpeg, arecord, sox and GStreamer put different numbers.
  @Test(arguments: [0, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_F000, 0x8000_0000, 0x7FFF_FFDB])
  func endlessStreamsGoOn(_ promised: Int) throws {
    let numbers = (0..<5_000).map { Int16($0) }
    for riff in [0, 36, 0xFFFF_FFFF, promised + 36] where promised == 0 || riff > 36 {
      let bytes = wav(numbers, promised: promised, riffSize: riff)
      #expect(try samples(bytes, by: 100).map { Int16($0 * 32_768) } == numbers, "whole \(riff)")
    }
  }

  /// A pipe that breaks off, as a download does, is no whole recording.
  @Test(arguments: [1, 7, 5_000]) func aKnownLengthIsHeldTo(_ size: Int) throws {
    let numbers = (0..<1_000).map { Int16($0) }
    for missing in [2, 3, 1_000, 2_000] {
      let bytes = Array(wav(numbers).dropLast(missing))
      let error = audioError { _ = try samples(bytes, by: size) }
      let detail = "its header promises 2000 bytes, \(2_000 - missing) are there"
      #expect(error == AudioError.truncated("pipe", detail: detail))
      // As of a file of the same bytes.
      let path = try folder.write(bytes, "cut.wav")
      #expect(throws: AudioError.truncated(path, detail: detail)) { try AudioFile.read(path) }
    }
    // Half a frame too much is no sound, but nothing is missing either.
    #expect(try samples(wav(numbers, promised: 2_001), by: size).count == 1_000)
  }

  /// The size of the whole is that of a short file, the samples begin behind 2 GiB of something else.
  @Test func samplesFarBehindTheBeginning() throws {
    let numbers = (0..<100).map { Int16($0) }
    let bytes = wav(numbers, promised: 0, riffSize: 36)
    let (junk, block) = (0x7F00_0000, Data(count: 1 << 24))
    var stream = PCMStream(name: "pipe")
    var samples = try stream.add(Data(Array(bytes[..<36]) + Array("junk".utf8) + little(junk, 4)))
    for _ in 0..<junk / block.count { samples += try stream.add(block) }
    samples += try stream.add(Data(bytes[36...]))
    #expect(samples.map { Int16($0 * 32_768) } == numbers)
  }

  @Test func whatFollowsTheSamplesIsNoSound() throws {
    let numbers: [Int16] = [1, 2, 3]
    let bytes =
      wav(
        numbers,
        chunks: [("LIST", [1, 2, 3]), ("junk", [])].map { ($0.0, $0.1 + Array(repeating: 0, count: $0.1.count % 2)) })
      + Array("LIST".utf8) + little(1_000, 4) + [UInt8](repeating: 9, count: 1_000)
    for size in [1, 50, 5_000] { #expect(try samples(bytes, by: size).map { Int($0 * 32_768) } == [1, 2, 3]) }
    // A file without samples says in its own size that something else comes.
    let empty =
      wav([], riffSize: 36 + 1_008) + Array("LIST".utf8) + little(1_000, 4) + [UInt8](repeating: 9, count: 1_000)
    #expect(try samples(empty, by: 64).isEmpty)
  }

  @Test func headersThatCannotBeAreNamed() throws {
    func changed(_ offset: Int, _ value: Int, _ length: Int) -> [UInt8] {
      var bytes = wav([1, 2, 3])
      bytes.replaceSubrange(offset..<offset + length, with: little(value, length))
      return bytes
    }
    let cases: [([UInt8], String)] = [
      ([], "the file is empty"), (Array("RIFF".utf8), "ends within its WAV header"),
      (Array(wav([1]).prefix(40)), "ends within its WAV header"),
      (Array("fLaC and so on".utf8), "does not begin with a WAV"),
      (changed(22, 0, 2), "expected 1 to 1,024 channels, found 0"), (changed(22, 65_535, 2), "found 65535"),
      (changed(24, 0, 4), "frames a second, found 0"), (changed(24, 0xFFFF_FFFF, 4), "found 4294967295"),
      (changed(20, 2, 2), "WAV of encoding 2"), (changed(34, 12, 2), "with 12 bits"),
      (changed(32, 7, 2), "its frames have 7 bytes, expected 2"), (changed(16, 15, 4), "its format takes 15 bytes"),
      (changed(12, 0x1234_5678, 4), "samples come before their format"),
    ]
    for (bytes, message) in cases {
      for size in [1, 1_000] {
        #expect { try samples(bytes, by: size) } throws: { "\($0)".contains(message) && "\($0)".hasPrefix("pipe: ") }
      }
    }
    for (rate, channels) in [(0, 1), (8_000, 0), (8_000, -1), (8_000, 2_000), (Int.max, 1)] {
      #expect(throws: AudioError.self) { try PCMStream(PCMFormat(sampleRate: rate, channels: channels), name: "raw") }
    }
  }

  /// Bits flipped anywhere give samples or an error, and never a trap.
  @Test func damagedHeadersDoNotTrap() {
    let original = wav((0..<100).map { Int16($0) }, chunks: [("ds64", [UInt8](repeating: 0xFF, count: 28))])
    for seed in 0..<2_000 {
      var bytes = original
      for step in 0..<3 { bytes[(seed * 7 + step * 131) % 90] ^= UInt8(1 << ((seed + step) % 8)) }
      _ = try? samples(bytes, by: 1 + seed % 97)
    }
  }

  @Test func filesAreReadInBlocks() throws {
    let path = folder.file("a.flac")
    try encode([noise(100_000), noise(100_000)], rate: 16_000, format: SF_FORMAT_FLAC | SF_FORMAT_PCM_16, to: path)
    let file = try SoundFile(path: path)
    var blocks: [[Float]] = []
    try file.forEachBlock { blocks.append(Array($0)) }
    let whole = try AudioFile.read(path).samples
    #expect(blocks.count > 1 && blocks.flatMap(\.self) == whole)
    #expect(file.name == path && file.sampleRate == 16_000 && file.frames == 100_000)
    let bytes = try SoundFile(Data(folder.bytes("a.flac")), name: "upload")
    #expect(try bytes.forEachBlock { _ in } == 100_000)
    #expect(bytes.name == "upload")
  }
}
