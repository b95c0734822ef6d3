import Evaluation
import Testing

@testable import Reporting

@Suite struct TableTests {
  @Test func alignsTextLeftAndNumbersRight() {
    var table = TextTable(["file", "label", "confidence"], leading: 2)
    table.add(["a.wav", "happy", "0.91"])
    table.add(["überlang.wav", "sad", "0.5"])
    table.add(["bad.wav"])
    #expect(
      table.description == """
        file          label  confidence
        ------------  -----  ----------
        a.wav         happy        0.91
        überlang.wav  sad           0.5
        bad.wav
        """)
  }

  @Test func namesCannotMoveTheCursor() {
    var table = TextTable(["file"])
    table.add(["a\u{1B}[2J\nb"])
    #expect(table.description.hasSuffix("a\\033[2J\\nb"))
  }

  @Test func confusionShowsRowPercent() throws {
    let confusion = try ConfusionMatrix(labels: ["calm", "sad"], truth: [0, 0, 0, 0], predicted: [0, 0, 0, 1])
    #expect(
      confusion.table.description == """
        true \\ said  calm  sad  n
        -----------  ----  ---  -
        calm          75%  25%  4
        sad             .    .  0
        """)
  }

  @Test func eightEmotionsFitAnEightyColumnTerminal() throws {
    let labels = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"]
    let truth = Array(repeating: 7, count: 1000)
    let table = try ConfusionMatrix(labels: labels, truth: truth, predicted: truth).table.description
    #expect(table.split(separator: "\n").allSatisfy { $0.count <= 82 })
  }
}
