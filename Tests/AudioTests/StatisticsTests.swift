import Testing

@testable import Audio

@Suite struct StatisticsTests {
  private func statistics(_ blocks: [Float]...) -> SignalStatistics {
    blocks.reduce(into: SignalStatistics()) { result, block in block.withUnsafeBufferPointer { result.add($0) } }
  }

  /// Against the two-pass formula, for lengths around the width of the vectors, in one block and in two.
  @Test(arguments: [1, 7, 8, 9, 1_000, 4_099]) func deviation(_ count: Int) {
    let samples = noise(count).map { $0 + 0.25 }
    let mean = samples.reduce(0) { $0 + Double($1) } / Double(count)
    let variance = samples.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
    let half = count / 2
    for result in [statistics(samples), statistics(Array(samples[..<half]), Array(samples[half...]))] {
      #expect(result.isFinite)
      #expect(abs(result.standardDeviation - variance.squareRoot()) < 1e-12)
    }
  }

  @Test func extremes() {
    #expect(statistics([]).standardDeviation == 0)
    #expect(statistics([.init(repeating: 0.3, count: 10_001)][0]).standardDeviation == 0)
    #expect(statistics([.greatestFiniteMagnitude, -.greatestFiniteMagnitude]).isFinite)
    #expect(!statistics([0, 1], [.nan]).isFinite)
    #expect(!statistics(.init(repeating: -.infinity, count: 20)).isFinite)
  }
}
