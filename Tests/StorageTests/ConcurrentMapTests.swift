import Testing

@testable import Storage

@Suite struct ConcurrentMapTests {
  @Test(arguments: [0, 1, 1_000]) func everyElementKeepsItsPlace(count: Int) {
    #expect(concurrentMap(Array(0..<count)) { "\($0)" } == (0..<count).map { "\($0)" })
  }
}
