import Audio
import Foundation
import Testing

@Suite(.serialized) struct ManyFilesTests {
  let sandbox: Sandbox
  let bundle: [String]
  let names = (0..<48).map { "\($0 / 10)-\($0 % 10).wav" }

  /// Recordings of different pitch, one of which is none.
  init() throws {
    sandbox = try Sandbox()
    bundle = ["--bundle", try SharedBundle.path()]
    for (index, name) in names.enumerated() {
      let samples = (0..<4_000).map { Float(0.4 * sin(Double($0) * Double(100 + 20 * index) / 1_000)) }
      try AudioFile.write(Waveform(samples: samples, sampleRate: 8_000), to: sandbox.path(name))
    }
    try Data("noise".utf8).write(to: sandbox.folder.appending(path: names[7]))
    try Data((names.joined(separator: "\n") + "\n").utf8).write(to: sandbox.folder.appending(path: "list.txt"))
  }

  struct Line: Decodable {
    let file: String
    let probabilities: [String: Double]?
    let error: String?
  }

  func lines(_ text: String) throws -> [Line] {
    try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  func expectSame(_ one: [Line], _ other: [Line]) {
    #expect(one.map(\.file) == other.map(\.file) && one.map(\.error) == other.map(\.error))
    for (a, b) in zip(one, other) {
      for (label, probability) in a.probabilities ?? [:] {
        #expect(abs(probability - (b.probabilities?[label] ?? 9)) < 1e-4)
      }
    }
  }

  @Test func shardsMakeUpTheWhole() throws {
    let all = try sandbox.emotive(arguments: ["predict", "--list", "list.txt", "--json", "--jobs", "3"] + bundle)
    #expect(all.status == 1 && all.errors.contains("left out: \(names[7])"))
    let whole = try lines(all.output)
    #expect(whole.map(\.file) == names && whole.filter { $0.error != nil }.count == 1)
    let list = try sandbox.data("list.txt")
    let parts = try (1...5).map { part in
      let outcome = try sandbox.emotive(
        arguments: ["predict", "--list", "-", "--json", "--shard", "\(part)/5", "--skip-bad"] + bundle, input: list)
      #expect(outcome.status == 0)
      return try lines(outcome.output)
    }
    #expect(parts.map(\.count) == [10, 10, 10, 9, 9])
    expectSame(names.indices.map { parts[$0 % 5][$0 / 5] }, whole)
    // Lists with other line ends, empty lines, and none.
    try Data("\r\n\(names[0])\r\n\n\(names[1])".utf8).write(to: sandbox.folder.appending(path: "odd.txt"))
    let odd = try sandbox.emotive(arguments: ["predict", "--list", "odd.txt", "--json"] + bundle)
    expectSame(try lines(odd.output), Array(whole.prefix(2)))
    try Data("\n\n".utf8).write(to: sandbox.folder.appending(path: "empty.txt"))
    for (list, message) in [
      ("none.txt", "cannot be read (No such file"), (".", "Is a directory"), ("empty.txt", "there is no path in it"),
      ("/dev/null", "there is no path in it"), ("-", "there is no path in it"),
    ] {
      let outcome = try sandbox.emotive(arguments: ["predict", "--list", list, "--csv"] + bundle)
      #expect(outcome.status == 64 && outcome.errors.contains(message), "\(list): \(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }
  }

  /// Killed for real in the middle; what was finished by then is then taken away, so that doing it again would fail.
  @Test(arguments: ["--json", "--csv"]) func aKilledRunGoesOn(_ form: String) throws {
    let arguments = ["predict", form, "--jobs", "2", "--output", "out"] + bundle
    let whole = try sandbox.emotive(arguments: arguments + ["--list", "list.txt"])
    #expect(whole.status == 1 && whole.output.isEmpty)
    let expected = try sandbox.text("out")
    try FileManager.default.removeItem(atPath: sandbox.path("out"))

    let process = try PipedProcess(sandbox, arguments + ["--list", "-"])
    try process.write(Data((names.prefix(40).joined(separator: "\n") + "\n").utf8))
    func count() -> Int { ((try? sandbox.text("out.part")) ?? "").split(separator: "\n").count }
    try process.wait("finishes two batches") { count() >= 32 }
    process.signal(SIGKILL)
    #expect(try process.finish().status == SIGKILL)
    #expect(!sandbox.exists("out"))
    let handle = try FileHandle(forWritingTo: sandbox.folder.appending(path: "out.part"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data((form == "--json" ? "{\"file\":\"3-2.w" : "3-2.wav,\"ha\nppy").utf8))
    try handle.close()
    for name in names.prefix(count() - (form == "--json" ? 1 : 3)) {
      try FileManager.default.removeItem(atPath: sandbox.path(name))
    }

    let resumed = try sandbox.emotive(arguments: arguments + ["--list", "list.txt", "--resume"])
    #expect(resumed.status == 1 && resumed.errors.contains("status is 1"), "\(resumed.errors)")
    #expect(!sandbox.exists("out.part"))
    let found = try sandbox.text("out")
    if form == "--json" {
      expectSame(try lines(found), try lines(expected))
    } else {
      let rows = [found, expected].map { $0.split(separator: "\n").map { $0.split(separator: ",").prefix(2) } }
      #expect(rows[0] == rows[1] && rows[0].count == 49)
    }
    // Once more there is nothing to do, and nothing changes; why the status is 1 is said again.
    let idle = try sandbox.emotive(arguments: arguments + ["--list", "list.txt", "--resume"])
    #expect(idle.status == 1 && idle.errors.contains("1 recording was left out:\n  \(names[7])"), "\(idle.errors)")
    #expect(try sandbox.emotive(arguments: arguments + ["--list", "list.txt", "--resume", "--skip-bad"]).status == 0)
    #expect(try sandbox.text("out") == found)
    // With one more recording, only that one is done.
    try AudioFile.write(
      Waveform(samples: (0..<4_000).map { sin(Float($0)) }, sampleRate: 8_000), to: sandbox.path("new.wav"))
    let more = try sandbox.emotive(arguments: arguments + ["new.wav", names[0], "--resume", "--skip-bad"])
    #expect(more.status == 0, "\(more.errors)")
    #expect(
      try sandbox.text("out").hasPrefix(found)
        && sandbox.text("out").split(separator: "\n").last?.contains("new.wav") == true)
  }

  @Test func otherOutputsAreNotGoneOnWith() throws {
    for text in ["{\"file\":\"a\",\"bundle\":\"other\"}\n", "hello\n", "file,label,error\n"] {
      for form in ["--json", "--csv"] {
        try Data(text.utf8).write(to: sandbox.folder.appending(path: "out"))
        let outcome = try sandbox.emotive(
          arguments: ["predict", form, "--list", "list.txt", "--output", "out", "--resume"] + bundle)
        #expect(outcome.status == 64 && outcome.errors.contains("line 1: this is no result of"), "\(outcome.errors)")
        #expect(try sandbox.text("out") == text)
        try? FileManager.default.removeItem(atPath: sandbox.path("out.part"))
      }
    }
  }

  @Test func ctrlCSaysHowToGoOn() throws {
    let arguments = ["predict", "--json", "--jobs", "1", "--output", "out"] + bundle
    let process = try PipedProcess(sandbox, arguments + ["--list", "-"])
    try process.write(Data((names.prefix(40).joined(separator: "\n") + "\n").utf8))
    try process.wait("finishes a batch") { ((try? sandbox.text("out.part")) ?? "").count > 10 }
    // It waits for more of the list.
    process.signal(SIGINT)
    let outcome = try process.finish()
    #expect(outcome.status == 130 && outcome.errors.contains("--resume goes on with them"), "\(outcome.errors)")
    let resumed = try sandbox.emotive(arguments: arguments + ["--list", "list.txt", "--resume", "--skip-bad"])
    #expect(resumed.status == 0)
    #expect(try lines(sandbox.text("out")).map(\.file) == names)
  }
}
