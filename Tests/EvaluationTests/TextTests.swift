import Testing

@testable import Evaluation

@Suite struct TextTests {
  @Test func numbersAreWrittenInOneWay() {
    #expect(decimals(0.12345) == "0.123" && decimals(2.6, 0) == "3")
    #expect(points(0.0251) == "+2.5" && points(-0.1) == "-10.0" && points(-0.0001) == "0.0")
    #expect(listed([]) == "" && listed(["a"]) == "a" && listed(["a", "b", "c"]) == "a, b and c")
  }
}
