import Foundation
import Testing

@testable import Storage

@Suite struct JSONTests {
  struct Value: Codable, Equatable {
    enum Schedule: Codable, Equatable {
      case constant
      case oneCycle(warmUp: Double)
      case share(Double)
    }
    var validationUAR: Double?
    var paperWA = 0.855
    var macroF1 = 0.5
    var chiSquaredP = 0.25
    var isChannelsLast = true
    var schedules: [Schedule] = [.constant, .oneCycle(warmUp: 0.3), .share(0.5)]
    /// Keys that are data, such as classes, are nobody's to change.
    var probabilities = ["very_happy": 0.75, "notAngry": 0.25]
  }

  @Test func keysAreInSnakeCase() throws {
    #expect(
      try JSON.text(Value(validationUAR: 0.5)) == #"{"chi_squared_p":0.25,"is_channels_last":true,"macro_f1":0.5,"#
        + #""paper_wa":0.855,"probabilities":{"notAngry":0.25,"very_happy":0.75},"schedules":[{"constant":{}},"#
        + #"{"one_cycle":{"warm_up":0.3}},{"share":{"_0":0.5}}],"validation_uar":0.5}"#)
  }

  @Test(arguments: [nil, 0.5]) func valuesComeBack(uar: Double?) throws {
    let value = Value(validationUAR: uar)
    #expect(try JSON.decode(Value.self, from: JSON.encode(value)) == value)
    #expect(try JSON.decode(Value.self, from: JSON.encode(value, pretty: true)) == value)
    // As files of before have them.
    #expect(try JSON.decode(Value.self, from: JSONEncoder().encode(value)) == value)
  }

  @Test func whatJSONCannotSayIsAnError() {
    #expect(throws: EncodingError.self) { try JSON.encode([Double.nan]) }
    #expect(throws: DecodingError.self) { try JSON.decode(Value.self, from: Data("{".utf8)) }
  }
}

@Suite struct FolderReplacementTests {
  let root = URL.temporaryDirectory.appending(path: UUID().uuidString)

  @Test func aFolderIsReplacedWholeOrNotAtAll() throws {
    let files = FileManager.default
    defer { try? files.removeItem(at: root) }
    let folder = root.appending(path: "below/place")
    for text in ["first", "second"] {
      try replaceFolder(folder) { try Data(text.utf8).write(to: $0.appending(path: text)) }
      #expect(try files.contentsOfDirectory(atPath: folder.path) == [text])
    }
    #expect(throws: CancellationError.self) {
      try replaceFolder(folder) { work in
        try Data().write(to: work.appending(path: "third"))
        throw CancellationError()
      }
    }
    #expect(try files.contentsOfDirectory(atPath: folder.path) == ["second"])
    #expect(try files.contentsOfDirectory(atPath: root.appending(path: "below").path) == ["place"])
  }
}
