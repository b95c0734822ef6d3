import Audio
import Foundation
import Testing

/// A folder for one test, and the built program run in it.
final class Sandbox: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }

  func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

  func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: folder.appending(path: name)) }

  /// Recordings of half a second, each of another pitch.
  func makeRecordings(_ names: [String]) throws {
    for (index, name) in names.enumerated() {
      let samples = (0..<4_000).map { Float(0.4 * sin(Double($0) * Double(100 + 20 * index) / 1_000)) }
      try AudioFile.write(Waveform(samples: samples, sampleRate: 8_000), to: "\(folder.path)/\(name)")
    }
  }

  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  func process(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = Bundle.main.bundleURL.appending(path: "emotive")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["EMOTIVE_CACHE": path("cache"), "PATH": "/usr/bin:/bin"]
    // On a busy machine tests are run with one thread each: two would wait for each other most of the time.
    process.environment?["OMP_NUM_THREADS"] = ProcessInfo.processInfo.environment["OMP_NUM_THREADS"]
    return process
  }

  /// Runs `emotive`; what it prints goes through files, which no amount of text can block.
  func emotive(_ arguments: String..., input: Data = Data()) throws -> Outcome {
    try emotive(arguments: arguments, input: input)
  }

  func emotive(arguments: [String], input: Data = Data()) throws -> Outcome {
    let process = process(arguments)
    let name = UUID().uuidString
    func handle(_ suffix: String, _ contents: Data = Data()) throws -> FileHandle {
      try contents.write(to: folder.appending(path: name + suffix))
      return try FileHandle(forUpdating: folder.appending(path: name + suffix))
    }
    process.standardInput = try handle(".in", input)
    process.standardOutput = try handle(".out")
    process.standardError = try handle(".err")
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: try text(name + ".out"), errors: try text(name + ".err"))
  }

  /// A table of short recordings by three speakers, whose class is their pitch; a few seconds to train on.
  func makeCorpus(classes: [(label: String, frequency: Double)] = [("happy", 900), ("sad", 200)]) throws {
    var lines = ["path,label,speaker"]
    for speaker in 0..<3 {
      for (label, frequency) in classes {
        for number in 0..<4 {
          let pitch = frequency * (1 + 0.05 * Double(speaker) + 0.01 * Double(number))
          let samples = (0..<4_000).map { Float(0.4 * sin(Double($0) * pitch * 2 * .pi / 8_000)) }
          let name = "\(label)-\(speaker)-\(number).wav"
          try AudioFile.write(Waveform(samples: samples, sampleRate: 8_000), to: path(name))
          lines.append("\(name),\(label),speaker\(speaker)")
        }
      }
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "corpus.csv"))
  }

  /// Settings of images so small that a debug build trains on them in no time.
  static let small = [
    "--sample-count", "8000", "--fft-size", "512", "--windows", "128,256,512", "--hops", "32,64,128", "--mel-count",
    "32",
    "--frame-count", "48",
  ]

  /// Trains a bundle on the corpus and leaves it in `run/speakers/bundle`.
  func train(_ output: String = "run", _ more: String...) throws -> Outcome {
    try emotive(arguments: trainArguments(output) + more)
  }

  func trainArguments(_ output: String) -> [String] {
    [
      "train", "--corpus", "csv=\(path("corpus.csv"))", "--network", "squeezenet1_1", "--weights", "none", "--split",
      "speakers:speaker2", "--validation", "test", "--epochs", "6", "--batch-size", "4", "--time-shift", "3",
      "--label-smoothing", "0.1", "--members", "2", "--output", path(output),
    ] + Self.small
  }
}
