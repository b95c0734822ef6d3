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

  /// Files that wait to become whole.
  func parts() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.path).filter { $0.contains(".part") }
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
    let one = try sandbox.emotive(
      arguments: ["predict", "--list", "list.txt", "--json", "--shard", "2/\(Int.max)"] + bundle)
    expectSame(try lines(one.output), [whole[1]])
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
    // What failed is tried again.
    for name in names.prefix(count() - (form == "--json" ? 1 : 3)) where name != names[7] {
      try FileManager.default.removeItem(atPath: sandbox.path(name))
    }

    let resumed = try sandbox.emotive(arguments: arguments + ["--list", "list.txt", "--resume"])
    #expect(resumed.status == 1 && resumed.errors.contains("status is 1"), "\(resumed.errors)")
    #expect(!sandbox.exists("out.part"))
    let found = try sandbox.text("out")
    if form == "--json" {
      expectSame(try lines(found).sorted { $0.file < $1.file }, try lines(expected))
    } else {
      let rows = [found, expected].map { $0.split(separator: "\n").sorted().map { $0.split(separator: ",").prefix(2) } }
      #expect(rows[0] == rows[1] && rows[0].count == 49)
    }
    // Once more only what failed is tried, and no result changes; its line is the last one.
    let idle = try sandbox.emotive(arguments: arguments + ["--list", "list.txt", "--resume"])
    #expect(idle.status == 1 && idle.errors.contains("left out: \(names[7])"), "\(idle.errors)")
    let again = try sandbox.text("out").split(separator: "\n")
    #expect(again.sorted() == found.split(separator: "\n").sorted() && again.last?.contains(names[7]) == true)
    // With one more recording, and the bad one repaired, only these are done.
    try AudioFile.write(
      Waveform(samples: (0..<4_000).map { cos(Float($0)) }, sampleRate: 8_000), to: sandbox.path(names[7]))
    try AudioFile.write(
      Waveform(samples: (0..<4_000).map { sin(Float($0)) }, sampleRate: 8_000), to: sandbox.path("new.wav"))
    let more = try sandbox.emotive(arguments: arguments + [names[0], names[7], "new.wav", "--resume"])
    #expect(more.status == 0 && more.errors.contains("3/3 recordings"), "\(more.errors)")
    let last = try sandbox.text("out").split(separator: "\n")
    #expect(last.dropLast(2) == again.dropLast() && last[last.count - 2].contains(names[7]))
    #expect(last.last?.contains("new.wav") == true)
  }

  @Test func otherOutputsAreNotGoneOnWith() throws {
    let json = "{\"file\":\"a\",\"bundle\":\"other\"}\n"
    let csv = "file,label,happy,sad,duration,error,bundle\na,happy,1,0,1.5,,other\n"
    let (none, other) = ("this is not a result of", "this is a result of the bundle \"other\"")
    for (form, text, message) in [
      ("--json", json, "line 1: \(other)"), ("--json", csv, "line 1: \(none)"),
      ("--json", "hello\n", "line 1: \(none)"),
      ("--csv", csv, "line 2: \(other)"), ("--csv", json, "line 1: \(none)"), ("--csv", "hello\n", "line 1: \(none)"),
    ] {
      try Data(text.utf8).write(to: sandbox.folder.appending(path: "out"))
      let outcome = try sandbox.emotive(
        arguments: ["predict", form, "--list", "list.txt", "--output", "out", "--resume"] + bundle)
      #expect(outcome.status == 64 && outcome.errors.contains("--output out, \(message)"), "\(outcome.errors)")
      // Nothing that a later run would go on with is left.
      #expect(try sandbox.text("out") == text)
      #expect(try parts().isEmpty)
    }
  }

  @Test func linksAndPipesStayWhatTheyAre() throws {
    let files = FileManager.default
    try files.createDirectory(atPath: sandbox.path("real"), withIntermediateDirectories: false)
    for (link, target) in [("to-old", "real/old"), ("to-new", "real/new")] {
      try files.createSymbolicLink(atPath: sandbox.path(link), withDestinationPath: target)
    }
    try Data("old".utf8).write(to: sandbox.folder.appending(path: "real/old"))
    try #require(mkfifo(sandbox.path("pipe"), 0o600) == 0)
    let pipe = open(sandbox.path("pipe"), O_RDWR | O_NONBLOCK)
    defer { close(pipe) }
    func piped() -> Data {
      var bytes = Data(count: 1 << 16)
      let count = bytes.withUnsafeMutableBytes { read(pipe, $0.baseAddress, $0.count) }
      return bytes.prefix(max(0, count))
    }
    func kind(_ name: String) throws -> FileAttributeType? {
      try files.attributesOfItem(atPath: sandbox.path(name))[.type] as? FileAttributeType
    }
    let predict = ["predict", "--json", names[0], names[1]] + bundle + ["--output"]
    for link in ["to-old", "to-new"] {
      let outcome = try sandbox.emotive(arguments: predict + [link])
      #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.errors)")
      #expect(try kind(link) == .typeSymbolicLink)
    }
    #expect(try files.contentsOfDirectory(atPath: sandbox.path("real")).sorted() == ["new", "old"])
    #expect(try sandbox.data("real/old") == sandbox.data("real/new"))
    #expect(try sandbox.emotive(arguments: predict + ["pipe"]).status == 0)
    #expect(try piped() == sandbox.data("real/new"))
    let resumed = try sandbox.emotive(arguments: predict + ["pipe", "--resume"])
    #expect(resumed.status == 64 && resumed.errors.contains("a device or a pipe"), "\(resumed.errors)")
    let features = ["features", names[0]] + Sandbox.small + ["--output"]
    #expect(try sandbox.emotive(arguments: features + ["to-old"]).status == 0)
    #expect(try sandbox.emotive(arguments: features + ["pipe"]).status == 0)
    #expect(try piped() == sandbox.data("real/old"))
    #expect(try kind("to-old") == .typeSymbolicLink)
    #expect(try files.contentsOfDirectory(atPath: sandbox.path("real")).count == 2 && parts().isEmpty)
    var status = stat()
    #expect(stat(sandbox.path("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func namesThatAreNotUTF8AreNamed() throws {
    try (Data([0xFF]) + Data(".wav\n\(names[0])\n".utf8)).write(to: sandbox.folder.appending(path: "odd.txt"))
    let outcome = try sandbox.emotive(arguments: ["predict", "--list", "odd.txt", "--json"] + bundle)
    #expect(outcome.status == 1 && outcome.errors.contains("the file's name is not UTF-8; rename it"))
    #expect(try lines(outcome.output).map { $0.error?.contains("UTF-8") ?? false } == [true, false])
  }

  @Test func aListIsAnsweredAsItComes() throws {
    let process = try PipedProcess(sandbox, ["predict", "--list", "-", "--json", "--shard", "1/2"] + bundle)
    try process.write(Data(names[0].prefix(3).utf8))
    for (index, name) in names.prefix(6).enumerated() {
      // The rest of a name, an empty line, and half of the next name, which says nothing yet.
      try process.write(Data("\(name.dropFirst(3))\n\n\(names[index + 1].prefix(3))".utf8))
      if index % 2 == 0 {
        let line = try #require(try process.line())
        #expect(try lines(line).map(\.file) == [name])
      }
    }
    try process.write(Data(names[6].dropFirst(3).utf8))
    try process.closeInput()
    let rest = try process.finish()
    #expect(try rest.status == 0 && lines(rest.output).map(\.file) == [names[6]], "\(rest.errors)")
  }

  @Test func ctrlCSaysHowToGoOn() throws {
    let arguments = ["predict", "--json", "--jobs", "1", "--output", "out"] + bundle
    let process = try PipedProcess(sandbox, arguments + ["--list", "-"])
    try process.write(Data((names.prefix(40).joined(separator: "\n") + "\n").utf8))
    try process.wait("finishes a batch") { ((try? sandbox.text("out.part")) ?? "").count > 10 }
    // It waits for more of the list, and nobody else may write there meanwhile.
    for more in [["--resume"], []] {
      let second = try sandbox.emotive(arguments: arguments + ["--list", "list.txt"] + more)
      #expect(second.status == 1 && second.errors.contains("another run is writing this file"), "\(second.errors)")
    }
    process.signal(SIGINT)
    let outcome = try process.finish()
    #expect(outcome.status == 130 && outcome.errors.contains("--resume continues from them"), "\(outcome.errors)")
    let resumed = try sandbox.emotive(arguments: arguments + ["--list", "list.txt", "--resume", "--skip-bad"])
    #expect(resumed.status == 0)
    // The bad one may have come before the interruption; it is tried again and comes later then.
    #expect(try lines(sandbox.text("out")).map(\.file).sorted() == names.sorted())
  }
}
