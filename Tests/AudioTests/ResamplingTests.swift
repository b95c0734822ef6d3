import Foundation
import Testing

@testable import Audio

@Suite struct ResamplingTests {
  /// A tone in the pass band comes out as the same tone: the exact one, away from the ends.
  @Test(arguments: [
    (48_000, 32_000), (16_000, 32_000), (24_414, 32_000), (44_100, 32_000), (192_000, 16_000), (8_000, 48_000),
  ])
  func toneStaysATone(_ from: Int, _ to: Int) throws {
    let input = Waveform(samples: tone(1_000, rate: from, seconds: 1), sampleRate: from)
    let output = try input.resampled(to: to)
    #expect(output.sampleRate == to)
    #expect(output.samples.count == to)
    let inner = (to / 20)..<(to - to / 20)
    #expect(distance(output.samples[inner], tone(1_000, rate: to, seconds: 1)[inner]) < 1e-5)
  }

  /// What the new rate cannot hold is removed, not folded back.
  @Test func noAliases() throws {
    let input = Waveform(samples: tone(12_000, rate: 48_000, seconds: 1), sampleRate: 48_000)
    let output = try input.resampled(to: 16_000)
    #expect(output.samples[800..<15_200].allSatisfy { abs($0) < 1e-5 })
  }

  @Test(arguments: [
    (1, 16_000, 32_000, 2), (1_001, 48_000, 32_000, 667), (3, 48_000, 16_000, 1), (1, 48_000, 16_000, 0),
    (0, 8_000, 16_000, 0),
  ])
  func length(_ count: Int, _ from: Int, _ to: Int, _ expected: Int) throws {
    let input = Waveform(samples: [Float](repeating: 0.1, count: count), sampleRate: from)
    #expect(try input.resampled(to: to).samples.count == expected)
  }

  @Test func everyLengthIsFilled() throws {
    for count in 2_000..<2_050 {
      let input = Waveform(samples: tone(500, rate: 44_100, seconds: 1).suffix(count), sampleRate: 44_100)
      let output = try input.resampled(to: 32_000)
      #expect(output.samples.count == Int((Double(count) * 32_000 / 44_100).rounded()))
      #expect(output.samples.allSatisfy { abs($0) < 0.7 })
    }
  }

  @Test func sameRate() throws {
    let input = Waveform(samples: [1, 2, 3], sampleRate: 5)
    #expect(try input.resampled(to: 5) == input)
  }

  @Test(arguments: [0, -1, .nan, .infinity, 1e-300, 0.001, 1e9] as [Double])
  func impossibleSpeed(_ speed: Double) throws {
    let waveform = Waveform(samples: tone(440, rate: 8_000), sampleRate: 8_000)
    let error = try #require(audioError { _ = try waveform.altered(by: .speed(speed)) })
    #expect(error.description.hasPrefix("cannot resample from 8000 Hz"))
    #expect(error.description.contains("a speed of \(speed) asks for"))
  }

  @Test func speed() throws {
    let waveform = Waveform(samples: tone(440, rate: 8_000), sampleRate: 8_000)
    for (speed, count) in [(1.0, 4_000), (2.0, 2_000), (0.5, 8_000)] {
      let altered = try waveform.altered(by: .speed(speed))
      #expect(altered.sampleRate == 8_000 && altered.samples.count == count)
    }
  }

  @Test(arguments: [0, -1, 2_000_000_000]) func impossibleRate(_ rate: Int) throws {
    let error = try #require(audioError { _ = try Waveform(samples: [1], sampleRate: 8_000).resampled(to: rate) })
    #expect(error == .resampling(from: 8_000, to: rate, reason: "a rate is out of range"))
    #expect(error.description.contains("\(rate) Hz"))
  }
}
