import CSndfile
import Foundation
import Testing

@testable import Audio

@Suite struct ErrorTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func error(_ path: String, limits: DecodingLimits = .init()) throws -> AudioError {
    let error = try #require(audioError { _ = try AudioFile.read(path, limits: limits) })
    #expect(error.description.hasPrefix(path + ": "))
    #expect(error.description.contains(";"), "says what to do")
    return error
  }

  private func truncated(_ path: String) throws -> Bool {
    if case .truncated = try error(path) { return true }
    return false
  }

  @Test func missing() throws {
    let path = folder.file("none.wav")
    #expect(try error(path) == .missing(path))
    #expect(throws: AudioError.missing(path)) { try AudioFile.information(path) }
  }

  @Test func directory() throws { #expect(try error(folder.path) == .directory(folder.path)) }

  @Test func empty() throws {
    let path = try folder.write([], "empty.wav")
    #expect(try error(path) == .empty(path))
    #expect(throws: AudioError.empty("standard input")) { try AudioFile.read(Data(), name: "standard input") }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read every file"))
  func noPermission() throws {
    let path = try folder.write(wav([1, 2, 3]), "locked.wav")
    chmod(path, 0)
    #expect(try error(path) == .noPermission(path))
  }

  @Test func systemErrors() {
    #expect(AudioError(reading: "x", code: EACCES) == .noPermission("x"))
    #expect(AudioError(reading: "x", code: ENOTDIR) == .missing("x"))
    #expect(AudioError(reading: "x", code: EISDIR) == .directory("x"))
    #expect(AudioError(reading: "x", code: EIO).description.contains("nput/output error"))
  }

  @Test func device() throws {
    #expect(try error("/dev/null") == .unreadable("/dev/null", reason: "it is a device"))
  }

  @Test(arguments: ["text", "zeros", "noise", "png"]) func notAudio(_ kind: String) throws {
    let bytes: [UInt8] =
      switch kind {
      case "text": Array("These are words, not sounds.\n".utf8)
      case "zeros": .init(repeating: 0, count: 5_000)
      case "png": [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + .init(repeating: 1, count: 500)
      default: noise(5_000).map { UInt8(($0 + 0.5) * 0x7F) }  // no byte that begins an MPEG frame
      }
    let path = try folder.write(bytes, "a.wav")
    guard case .notAudio(path, let reason) = try error(path) else {
      Issue.record("taken for audio")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test func noSamples() throws {
    let list = Array("LIST".utf8) + little(200, 4) + [UInt8](repeating: 7, count: 200)
    for bytes in [wav([]), wav([], riffSize: 8), wav([], riffSize: 36 + list.count) + list] {
      let path = try folder.write(bytes, "header.wav")
      #expect(try error(path) == .noSamples(path))
    }
  }

  @Test(arguments: [0, 0.5, -1] as [Float]) func silence(_ level: Float) throws {
    let path = folder.file("silent.wav")
    try encode(
      [.init(repeating: level, count: 16_000)], rate: 16_000, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, to: path)
    #expect(try error(path) == .silent(path))
  }

  @Test func oppositeChannelsAreSilence() throws {
    let path = folder.file("opposite.wav")
    let samples = tone(440, rate: 16_000)
    try encode([samples, samples.map { -$0 }], rate: 16_000, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, to: path)
    #expect(try error(path) == .silent(path))
  }

  /// The softest sound that 16 bits can hold, on a constant offset, is not silence.
  @Test func faintSound() throws {
    let path = try folder.write(wav((0..<16_000).map { 16_000 + ($0 == 9_000 ? 1 : 0) }), "faint.wav")
    #expect(try AudioFile.read(path).samples.count == 16_000)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [0, 1, 7_999, 15_999]) func notFinite(
    _ value: Float, _ index: Int
  ) throws {
    let path = folder.file("odd.wav")
    var samples = tone(440, rate: 16_000, seconds: 1)
    samples[index] = value
    try encode([samples], rate: 16_000, format: SF_FORMAT_WAV | SF_FORMAT_FLOAT, to: path)
    #expect(try error(path) == .notFinite(path))
  }

  @Test func lengths() throws {
    let samples = (0..<16_000).map { Int16($0 % 100) }
    let short = try folder.write(wav(Array(samples[..<799])), "short.wav")
    #expect(try error(short) == .tooShort(short, duration: 799 / 16_000, minimum: 0.05))
    let enough = try folder.write(wav(Array(samples[..<800])), "enough.wav")
    #expect(try AudioFile.read(enough).samples.count == 800)
    let long = try folder.write(wav(samples, rate: 1), "long.wav")
    #expect(try error(long) == .tooLong(long, duration: 16_000, maximum: 600))
    #expect(try AudioFile.read(long, limits: DecodingLimits(maximumDuration: 16_000)).duration == 16_000)
  }

  @Test(arguments: Encoding.all) func cut(_ encoding: Encoding) throws {
    let whole = "whole-" + encoding.name
    // Noise, so that no codec can put the last part of it into a few bytes.
    try encode([noise(24_000)], rate: 48_000, format: encoding.format, to: folder.file(whole))
    let bytes = try folder.bytes(whole)
    for share in [0.3, 0.5, 0.9] {
      let path = try folder.write(Array(bytes[..<Int(Double(bytes.count) * share)]), encoding.name)
      #expect(try truncated(path), "\(encoding.name) cut at \(share)")
      // What only decoding can tell is not seen by reading the header.
      if !encoding.name.hasSuffix("flac"), !encoding.name.hasSuffix("mp3") {
        #expect(audioError { _ = try AudioFile.information(path) } != nil)
      }
    }
    if !encoding.isLossy {
      let path = try folder.write(bytes.dropLast(), encoding.name)
      #expect(try truncated(path), "\(encoding.name) without its last byte")
    }
  }

  @Test func cutHeader() throws {
    let path = try folder.write(Array(wav(.init(repeating: 5, count: 4_000))[..<30]), "head.wav")
    #expect(try truncated(path))
    #expect(try error(path).description.contains("promises 8044 bytes, 30 are there"))
  }

  @Test func lyingHeader() throws {
    let path = try folder.write(wav(.init(repeating: 5, count: 4_000), promised: 1_000_000_000), "lie.wav")
    #expect(try truncated(path))
  }

  /// A FLAC header may promise 2^36 samples; nothing is reserved for them.
  @Test func lyingFLAC() throws {
    let path = folder.file("lie.flac")
    try encode([tone(440, rate: 16_000)], rate: 16_000, format: SF_FORMAT_FLAC | SF_FORMAT_PCM_16, to: path)
    var bytes = try folder.bytes("lie.flac")
    bytes[21] |= 0x0F
    _ = try folder.write(bytes, "lie.flac")
    guard case .tooLong = try error(path) else {
      Issue.record("not too long")
      return
    }
    _ = try error(path, limits: DecodingLimits(maximumDuration: .infinity))
  }

  /// Broken files are refused or decoded, and never crash: 400 seeded mutations of each format.
  @Test(arguments: ["16.wav", "extensible.wav", "16.flac", "big.aiff", "vorbis.ogg"])
  func mutations(_ name: String) throws {
    let encoding = try #require(Encoding.all.first { $0.name == name })
    let path = folder.file(name)
    try encode([tone(440, rate: 8_000, seconds: 0.1)], rate: 8_000, format: encoding.format, to: path)
    let bytes = try folder.bytes(name)
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<400 {
      var broken = random(3) == 0 ? Array(bytes[..<random(bytes.count)]) : bytes
      for _ in 0..<random(4) where !broken.isEmpty {
        // Half of the flips hit the header, where they do most.
        broken[random(random(2) == 0 ? min(60, broken.count) : broken.count)] ^= UInt8(1 << random(8))
      }
      do {
        let waveform = try AudioFile.read(Data(broken), name: name)
        #expect(waveform.samples.allSatisfy { $0.isFinite })
      } catch {
        #expect(error is AudioError)
      }
    }
  }
}
