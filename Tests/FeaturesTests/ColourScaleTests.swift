import Testing

@testable import Features

@Suite struct ColourScaleTests {
  @Test func theRangeLeavesOutliersOut() {
    let values = (0...1_000).reversed().map { Float($0) } + [.infinity, .nan]
    #expect(ColourScale.range(of: values) == 5...995)
    #expect(ColourScale.range(of: [2]) == 2...2)
    #expect(ColourScale.range(of: [.nan]) == nil)
  }
}
