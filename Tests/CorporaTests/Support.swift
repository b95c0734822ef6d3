import Foundation

@testable import Corpora

/// A folder of made files that goes with the test that holds it.
final class Tree {
  let path: String

  /// Makes the named files; `contents` gives what is in them, nothing where it is silent.
  init(_ names: [String], contents: [String: Data] = [:]) throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("corpora-\(UUID().uuidString)")
    path = root.path
    for name in names + contents.keys {
      let file = root.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try (contents[name] ?? Data()).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func corpus(_ kind: CorpusKind, _ name: String = "") throws -> Corpus {
    try Corpus.read(CorpusSource(kind: kind, path: name.isEmpty ? path : "\(path)/\(name)"))
  }
}

extension Corpus {
  /// The recordings by file name, as "label speaker sentence".
  var facts: [String: String] {
    Dictionary(
      uniqueKeysWithValues: recordings.map {
        (($0.path as NSString).lastPathComponent, "\($0.label) \($0.speaker ?? "-") \($0.sentence ?? "-")")
      })
  }

  /// The skipped files' reasons by file name.
  var reasons: [String: String] {
    Dictionary(skipped.map { (($0.path as NSString).lastPathComponent, $0.reason) }) { first, _ in first }
  }
}

/// Text of the error that a body throws, empty where it throws none.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    return "\(error)"
  }
}

/// A 16-bit mono WAV of that many samples at 16 kHz, all of the given value.
func wave(samples: Int, value: Int16 = 0) -> Data {
  func bytes(_ number: some FixedWidthInteger) -> Data { withUnsafeBytes(of: number.littleEndian) { Data($0) } }
  let size = UInt32(samples * 2)
  return Data("RIFF".utf8) + bytes(size + 36) + Data("WAVEfmt ".utf8) + bytes(UInt32(16)) + bytes(UInt16(1))
    + bytes(UInt16(1)) + bytes(UInt32(16_000)) + bytes(UInt32(32_000)) + bytes(UInt16(2)) + bytes(UInt16(16))
    + Data("data".utf8) + bytes(size) + (0..<samples).reduce(into: Data()) { data, _ in data += bytes(value) }
}

/// Recordings of made speakers, `each` of every label for each speaker.
func recordings(
  corpus: String = "ravdess", speakers: [String], labels: [String] = ["angry", "calm", "happy"], each: Int = 4
) -> [Recording] {
  speakers.flatMap { speaker in
    labels.flatMap { label in
      (0..<each).map { index in
        Recording(
          path: "/\(corpus)/\(speaker)/\(label)-\(index)", label: label, speaker: "\(corpus)-\(speaker)",
          corpus: corpus,
          sentence: "\(corpus)-\(index)")
      }
    }
  }
}

let actors = (1...24).map { $0 < 10 ? "0\($0)" : "\($0)" }
