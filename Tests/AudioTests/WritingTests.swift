import Foundation
import Testing

@testable import Audio

@Suite struct WritingTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func sixteenBitsComeBackExactly() throws {
    let samples = [Int16.min, -1, 0, 1, .max] + (0..<2_000).map { Int16($0 * 16 - 16_000) }
    let path = try folder.write(wav(samples), "in.wav")
    let waveform = try AudioFile.read(path)
    try AudioFile.write(waveform, to: folder.file("out.wav"))
    #expect(try AudioFile.read(folder.file("out.wav")) == waveform)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["in.wav", "out.wav"])
  }

  @Test func floatsComeBackExactly() throws {
    let waveform = Waveform(samples: tone(440, rate: 24_414, amplitude: 1.5), sampleRate: 24_414)
    try AudioFile.write(waveform, to: folder.file("out.wav"), as: .float32)
    #expect(try AudioFile.read(folder.file("out.wav")) == waveform)
  }

  @Test func clips() throws {
    let waveform = Waveform(
      samples: .init(repeating: 2, count: 400) + .init(repeating: -2, count: 400), sampleRate: 8_000)
    try AudioFile.write(waveform, to: folder.file("out.wav"))
    let samples = try AudioFile.read(folder.file("out.wav")).samples
    #expect(samples.min() == -1)
    #expect(samples.max() == Float(32_767) / 32_768)
  }

  @Test func refusals() throws {
    let waveform = Waveform(samples: [0.1, 0.2], sampleRate: 8_000)
    let nowhere = folder.file("none/out.wav")
    for (waveform, path) in [
      (waveform, nowhere), (waveform, folder.path), (Waveform(samples: [0], sampleRate: 0), folder.file("rate.wav")),
    ] {
      guard case .notWritable(path, _)? = audioError({ try AudioFile.write(waveform, to: path) }) else {
        Issue.record("\(path) was written")
        continue
      }
    }
    let path = folder.file("nan.wav")
    #expect(throws: AudioError.notFinite(path)) {
      try AudioFile.write(Waveform(samples: [0, .nan], sampleRate: 8_000), to: path)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
