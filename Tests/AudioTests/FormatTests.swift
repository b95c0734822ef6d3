import CSndfile
import Foundation
import Testing

@testable import Audio

/// An encoding, its largest error for a tone of amplitude 0.5, and the rates to try.
struct Encoding: Sendable, CustomTestStringConvertible {
  let name: String
  let format: Int
  var tolerance: Float
  var rates = [8_000, 16_000, 24_414, 44_100, 48_000, 96_000, 192_000]
  var isLossy = false

  var testDescription: String { name }

  static let all = [
    Encoding(name: "8.wav", format: SF_FORMAT_WAV | SF_FORMAT_PCM_U8, tolerance: 1 / 127),
    Encoding(name: "16.wav", format: SF_FORMAT_WAV | SF_FORMAT_PCM_16, tolerance: 1 / 32_000),
    Encoding(name: "24.wav", format: SF_FORMAT_WAV | SF_FORMAT_PCM_24, tolerance: 2e-7),
    Encoding(name: "32.wav", format: SF_FORMAT_WAV | SF_FORMAT_PCM_32, tolerance: 1e-7),
    Encoding(name: "float.wav", format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, tolerance: 0),
    Encoding(name: "double.wav", format: SF_FORMAT_WAV | SF_FORMAT_DOUBLE, tolerance: 0),
    Encoding(name: "extensible.wav", format: SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, tolerance: 2e-7),
    Encoding(name: "rf64.wav", format: SF_FORMAT_RF64 | SF_FORMAT_PCM_16, tolerance: 1 / 32_000),
    Encoding(name: "big.aiff", format: SF_FORMAT_AIFF | SF_FORMAT_PCM_16, tolerance: 1 / 32_000),
    Encoding(name: "float.aiff", format: SF_FORMAT_AIFF | SF_FORMAT_FLOAT, tolerance: 0),
    Encoding(name: "16.flac", format: SF_FORMAT_FLAC | SF_FORMAT_PCM_16, tolerance: 1 / 32_000),
    Encoding(name: "24.flac", format: SF_FORMAT_FLAC | SF_FORMAT_PCM_24, tolerance: 2e-7),
    Encoding(
      name: "vorbis.ogg", format: SF_FORMAT_OGG | SF_FORMAT_VORBIS, tolerance: 0.03,
      rates: [8_000, 16_000, 44_100, 48_000, 96_000, 192_000], isLossy: true),
    Encoding(
      name: "opus.ogg", format: SF_FORMAT_OGG | SF_FORMAT_OPUS, tolerance: 0.1,
      rates: [8_000, 16_000, 24_000, 48_000], isLossy: true),
    Encoding(
      name: "layer3.mp3", format: SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, tolerance: 0.1,
      rates: [8_000, 16_000, 32_000, 44_100, 48_000], isLossy: true),
  ]
}

@Suite struct FormatTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: Encoding.all) func mono(_ encoding: Encoding) throws {
    for rate in encoding.rates {
      let path = folder.file("\(rate)-\(encoding.name)")
      let samples = tone(440, rate: rate, seconds: 0.25)
      try encode([samples], rate: rate, format: encoding.format, to: path)
      try check(AudioFile.read(path), samples, rate, encoding)
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(try AudioFile.read(data, name: "upload") == AudioFile.read(path))
    }
  }

  /// Two channels of different loudness: their mean must come out, not the first channel or the sum.
  @Test(arguments: Encoding.all) func stereo(_ encoding: Encoding) throws {
    let path = folder.file(encoding.name)
    let rate = 48_000
    try encode(
      [tone(440, rate: rate, amplitude: 0.6), tone(440, rate: rate, amplitude: 0.2)], rate: rate,
      format: encoding.format, to: path)
    try check(AudioFile.read(path), tone(440, rate: rate, amplitude: 0.4), rate, encoding, rounding: 3e-8)
    let information = try AudioFile.information(path)
    #expect(information.channels == 2)
    #expect(information.frames == 24_000)
    #expect(information.duration == 0.5)
  }

  @Test(arguments: [
    SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, SF_FORMAT_FLAC | SF_FORMAT_PCM_24, SF_FORMAT_WAV | SF_FORMAT_FLOAT,
  ])
  func manyChannels(_ format: Int) throws {
    let path = folder.file("six")
    let channels = (1...6).map { tone(Double(100 * $0), rate: 16_000, seconds: 5, amplitude: 0.5) }
    try encode(channels, rate: 16_000, format: format, to: path)
    let mean = (0..<80_000).map { frame in channels.reduce(0) { $0 + $1[frame] } / 6 }
    let waveform = try AudioFile.read(path)
    #expect(waveform.samples.count == 80_000)
    #expect(distance(waveform.samples, mean) < 3e-7)
  }

  /// One rounding, however many channels: a file and the same samples out of a pipe are one recording.
  @Test func channelsAreAveragedWithOneRounding() throws {
    let path = folder.file("five.wav")
    let channels = (1...5).map { tone(Double(100 * $0), rate: 16_000, seconds: 1, amplitude: 0.7) }
    try encode(channels, rate: 16_000, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, to: path)
    let mean = (0..<16_000).map { frame in Float(channels.reduce(0.0) { $0 + Double($1[frame]) } / 5) }
    #expect(try AudioFile.read(path).samples == mean)
    var stream = PCMStream(name: "pipe")
    let piped = try stream.add(Data(folder.bytes("five.wav")))
    #expect(piped == mean)
  }

  /// RAVDESS's own layout: `fmt `, then `FLLR` up to byte 4096, where the samples begin.
  @Test func chunksBeforeData() throws {
    let samples = (0..<1_600).map { Int16(($0 * 37) % 2_000 - 1_000) }
    let bytes = wav(samples, chunks: [("FLLR", [UInt8](repeating: 0, count: 4_044))])
    #expect(bytes[4_088..<4_092].elementsEqual("data".utf8))
    let path = try folder.write(bytes, "fllr.wav")
    #expect(try AudioFile.read(path).samples == samples.map { Float($0) / 32_768 })
    let odd = try folder.write(
      wav(samples, chunks: [("LIST", [1, 2]), ("junk", []), ("bext", .init(repeating: 7, count: 602))]), "many.wav")
    #expect(try AudioFile.read(odd).samples == samples.map { Float($0) / 32_768 })
  }

  /// Programs that write to a pipe cannot know the size: ffmpeg, sox and espeak-ng, unclosed files of several kinds.
  @Test(arguments: [
    (0xFFFF_FFFF, 0xFFFF_FFFF), (0x7FFF_F024, 0x7FFF_F000), (8, 0), (36, 0), (0, 0), (0xFFFF_FFFF, 0),
  ])
  func unknownLength(riffSize: Int, promised: Int) throws {
    let samples = (0..<1_600).map { Int16(($0 * 37) % 2_000) }
    let path = try folder.write(wav(samples, promised: promised, riffSize: riffSize), "pipe.wav")
    #expect(try AudioFile.read(path).samples == samples.map { Float($0) / 32_768 })
  }

  /// As sox writes it.
  @Test func aiffOfUnknownLength() throws {
    let path = folder.file("pipe.aiff")
    try encode([tone(440, rate: 16_000)], rate: 16_000, format: SF_FORMAT_AIFF | SF_FORMAT_PCM_16, to: path)
    var bytes = try folder.bytes("pipe.aiff")
    let start = try #require(bytes.firstRange(of: Array("SSND".utf8))).upperBound
    bytes.replaceSubrange(start..<start + 4, with: [0x7F, 0, 0, 8])
    _ = try folder.write(bytes, "pipe.aiff")
    #expect(try AudioFile.read(path).samples.count == 8_000)
  }

  @Test func flacOfUnknownLength() throws {
    let path = folder.file("stream.flac")
    let samples = tone(440, rate: 16_000)
    try encode([samples], rate: 16_000, format: SF_FORMAT_FLAC | SF_FORMAT_PCM_16, to: path)
    var bytes = try folder.bytes("stream.flac")
    bytes[21] &= 0xF0
    bytes.replaceSubrange(22..<26, with: [0, 0, 0, 0])
    _ = try folder.write(bytes, "stream.flac")
    #expect(try AudioFile.read(path).samples.count == 8_000)
    #expect(try AudioFile.information(path).frames == 8_000)
    #expect(throws: AudioError.tooLong(path, duration: 0.5, maximum: 0.25)) {
      try AudioFile.read(path, limits: DecodingLimits(maximumDuration: 0.25))
    }
  }

  /// Without the frame that gives its length, libsndfile guesses it from the first bit rate and stops there: such a file
  /// is decoded whole or refused, never quietly shortened.
  @Test(arguments: [true, false]) func mp3WithoutItsLength(isLoudFirst: Bool) throws {
    let path = folder.file("a.mp3")
    let soft = tone(440, rate: 16_000, seconds: 1, amplitude: 1e-3)
    let loud = noise(48_000)
    try encode(
      [isLoudFirst ? loud + soft : soft + loud], rate: 16_000,
      format: SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, to: path)
    let bytes = try folder.bytes("a.mp3")
    let second = try #require((144..<bytes.count).first { bytes[$0] == bytes[0] && bytes[$0 + 1] == bytes[1] })
    _ = try folder.write(Array(bytes[second...]), "a.mp3")
    do {
      let duration = try AudioFile.read(path).duration
      #expect(abs(duration - 4) < 0.2)
    } catch AudioError.notAudio(path, let reason) {
      #expect(reason.contains("variable bit rate"))
    }
  }

  @Test func pipe() throws {
    let path = folder.file("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    let bytes = wav((0..<1_600).map { Int16($0) })
    let writer = Thread {
      let handle = FileHandle(forWritingAtPath: path)
      handle?.write(Data(bytes))
      try? handle?.close()
    }
    writer.start()
    #expect(try AudioFile.read(path).samples.count == 1_600)
  }

  @Test func whatComesThroughAPipeIsBounded() throws {
    let path = folder.file("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    // Open for both ends, so that neither waits for the other.
    let pipe = open(path, O_RDWR | O_CLOEXEC)
    defer { close(pipe) }
    let bytes = [UInt8](repeating: 7, count: 100)
    try #require(write(pipe, bytes, bytes.count) == bytes.count)
    #expect(throws: AudioError.tooLarge(path, detail: "more than 99 bytes came through the pipe")) {
      try ByteSource(path: path, pipeLimit: 99)
    }
  }

  @Test func aBeginningIsEnoughToBeKnown() throws {
    let path = folder.file("whole")
    let others = [SF_FORMAT_CAF, SF_FORMAT_AU, SF_FORMAT_W64, SF_FORMAT_VOC, SF_FORMAT_NIST, SF_FORMAT_HTK]
    for format in Encoding.all.map(\.format) + others.map({ $0 | SF_FORMAT_PCM_16 }) {
      try encode([noise(96_000)], rate: 16_000, format: format, to: path)
      let bytes = try folder.bytes("whole")
      try #require(bytes.count > AudioFile.beginningSize)
      let beginning = Data(bytes.prefix(AudioFile.beginningSize))
      #expect(throws: Never.self, "format \(format)") { try AudioFile.checkBeginning(beginning, name: "pipe") }
    }
  }

  @Test func whatBeginsLikeNoFormatIsRefused() throws {
    let size = AudioFile.beginningSize
    for text in ["\0", "y\n", "OggX", "\u{1A}Ewebm"] {
      let bytes = Data(String(repeating: text, count: size).utf8)
      #expect(throws: AudioError.notAudio("pipe", reason: "Format not recognised")) {
        try AudioFile.checkBeginning(bytes, name: "pipe")
      }
    }
    // The picture in front of an MP3 may be larger than that.
    try AudioFile.checkBeginning(Data("ID3".utf8) + Data(count: size), name: "pipe")
  }

  @Test func manyThreads() throws {
    let path = folder.file("a.flac")
    try encode([noise(8_000)], rate: 16_000, format: SF_FORMAT_FLAC | SF_FORMAT_PCM_16, to: path)
    let expected = try AudioFile.read(path)
    DispatchQueue.concurrentPerform(iterations: 64) { _ in
      let waveform = try? AudioFile.read(path)
      #expect(waveform == expected)
    }
  }

  @Test func informationNamesTheFormat() throws {
    let path = try folder.write(wav([1, 2, 3], rate: 24_414), "three.wav")
    let expected = AudioInformation(
      frames: 3, sampleRate: 24_414, channels: 1, format: "WAV (Microsoft), Signed 16 bit PCM")
    #expect(try AudioFile.information(path) == expected)
  }

  /// Lossy codecs are compared away from the ends and by their mean error, the rest sample by sample.
  private func check(
    _ waveform: Waveform, _ samples: [Float], _ rate: Int, _ encoding: Encoding,
    rounding: Float = 0
  ) throws {
    #expect(waveform.sampleRate == rate)
    #expect(waveform.samples.count == samples.count, "\(encoding.name) at \(rate) Hz")
    let margin = encoding.isLossy ? samples.count / 5 : 0
    let inner = margin..<(min(samples.count, waveform.samples.count) - margin)
    let error = distance(waveform.samples[inner], samples[inner])
    #expect(error <= encoding.tolerance + rounding, "\(encoding.name) at \(rate) Hz")
  }
}
