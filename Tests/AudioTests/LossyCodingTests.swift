import Foundation
import Testing

@testable import Audio

struct LossyCodingTests {
  /// Three tones for half a second each of a second and a half: 440 Hz, 6 kHz and 12 kHz.
  private let tones = Waveform(
    samples: (0..<48_000).map { index in
      let frequency: Float = [440, 6_000, 12_000][index / 16_000]
      return 0.3 * sin(2 * .pi * frequency * Float(index) / 32_000)
    }, sampleRate: 32_000)

  /// The root mean square of the middle of the tone's third of the waveform.
  private func level(_ waveform: Waveform, tone: Int) -> Float {
    let third = Double(waveform.samples.count) / 3
    let part = waveform.samples[Int(third * (Double(tone) + 0.3))..<Int(third * (Double(tone) + 0.7))]
    return (part.reduce(0) { $0 + $1 * $1 } / Float(part.count)).squareRoot()
  }

  @Test("Speech below the cut-off stays, the length stays within a tenth of a second", arguments: LossyCoding.allCases)
  func whatIsKept(coding: LossyCoding) throws {
    let coded = try tones.coded(by: coding)
    #expect(abs(coded.duration - tones.duration) < 0.1)
    #expect(abs(level(coded, tone: 0) / level(tones, tone: 0) - 1) < 0.15)
    #expect(coded.sampleRate != tones.sampleRate || coded.samples != tones.samples)
  }

  /// More than libvorbis could put on a thread's stack at once.
  @Test func longRecordings() throws {
    let second = tone(440, rate: 48_000, seconds: 1, amplitude: 0.3)
    let samples = Array(repeatElement(second, count: 60).joined())
    let coded = try Waveform(samples: samples, sampleRate: 48_000).coded(by: .vorbis)
    #expect(coded.sampleRate == 48_000 && coded.samples.count == samples.count)
    for start in stride(from: 0, to: samples.count, by: 48_000) {
      let squares = coded.samples[start..<start + 48_000].reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs((squares / 48_000).squareRoot() / 0.2121 - 1) < 0.15, "at sample \(start)")
    }
  }

  @Test func whatIsLost() throws {
    #expect(try level(tones.coded(by: .narrowband), tone: 1) < 0.001)
    #expect(try level(tones.coded(by: .wideband), tone: 1) > 0.2)
    #expect(try level(tones.coded(by: .wideband), tone: 2) < 0.001)
  }
}
