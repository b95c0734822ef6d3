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

  @Test func whatIsLost() throws {
    #expect(try level(tones.coded(by: .narrowband), tone: 1) < 0.001)
    #expect(try level(tones.coded(by: .wideband), tone: 1) > 0.2)
    #expect(try level(tones.coded(by: .wideband), tone: 2) < 0.001)
  }
}
