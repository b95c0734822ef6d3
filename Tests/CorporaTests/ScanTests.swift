import CSndfile
import Corpora
import Foundation
import Storage
import Testing

@Suite struct ScanTests {
  @Test func hashesAreSHA256() throws {
    let tree = try Tree(["empty"], contents: ["abc": Data("abc".utf8), "big": Data(repeating: 97, count: 1_000_000)])
    #expect(
      try ContentHash.sha256("\(tree.path)/empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    #expect(
      try ContentHash.sha256("\(tree.path)/abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      try ContentHash.sha256("\(tree.path)/big") == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    #expect(message { _ = try ContentHash.sha256("\(tree.path)/none") }.contains("none: the file cannot be opened"))
    #expect(message { _ = try ContentHash.sha256(tree.path) }.contains(tree.path))
  }

  @Test func countsDurationsAndWhatIsAmiss() throws {
    let tree = try Tree(
      ["ravdess/Actor_01/notes.txt", "ravdess/Actor_01/03-01-02-01-01-01-01.wav"],
      contents: [
        "ravdess/Actor_01/03-01-01-01-01-01-01.wav": wave(samples: 16_000),
        "ravdess/Actor_02/03-01-03-01-01-01-02.wav": wave(samples: 32_000),
        "ravdess/Actor_02/03-01-04-01-01-01-02.wav": wave(samples: 32_000, value: 1),
        "ravdess/Actor_02/03-01-03-01-01-02-02.wav": wave(samples: 48_000),
        "mine/sad/same.wav": wave(samples: 16_000), "mine/bored/other.wav": wave(samples: 8_000),
      ])
    defer { withExtendedLifetime(tree) {} }
    let scan = CorpusScan([try tree.corpus(.ravdess, "ravdess"), try tree.corpus(.folder, "mine")])
    let first = scan.corpora[0]
    #expect(first.corpus == "ravdess" && first.recordings == 4 && first.unreadable == 1 && first.skipped == 1)
    #expect(first.labels == ["neutral": 1, "happy": 2, "sad": 1])
    #expect(first.speakers == ["ravdess-01": 1, "ravdess-02": 3])
    #expect(first.durations?.total == 8 && first.durations?.minimum == 1)
    #expect(first.durations?.median == 2 && first.durations?.maximum == 3)
    #expect(scan.durations?.total == 9.5 && scan.durations?.median == 1.5)
    #expect(scan.unreadable.map { ($0.path as NSString).lastPathComponent } == ["03-01-02-01-01-01-01.wav"])
    #expect(scan.unreadable.allSatisfy { !$0.reason.contains($0.path) })
    #expect(scan.skipped.map(\.reason) == ["not an audio file"])

    #expect(scan.duplicates.count == 1)
    let group = try #require(scan.duplicates.first)
    #expect(group.paths.map { ($0 as NSString).lastPathComponent } == ["same.wav", "03-01-01-01-01-01-01.wav"])
    #expect(group.corpora == ["folder", "ravdess"] && group.labels == ["neutral", "sad"] && group.labelsDiffer)

    #expect(scan.sameSound.isEmpty)
    let copy = try JSON.decode(CorpusScan.self, from: JSON.encode(scan))
    #expect(copy.duplicates == scan.duplicates && copy.corpora[0].labels == first.labels)
    #expect(String(decoding: try JSON.encode(scan), as: UTF8.self).contains(#""same_sound":[]"#))
  }

  @Test func aLinkToACopyIsIdentical() throws {
    let sound = wave(samples: 16_000)
    let tree = try Tree([], contents: ["mine/sad/a.wav": sound, "copy.wav": sound])
    try FileManager.default.createSymbolicLink(
      atPath: "\(tree.path)/mine/sad/b.wav", withDestinationPath: "\(tree.path)/copy.wav")
    defer { withExtendedLifetime(tree) {} }
    let scan = CorpusScan([try tree.corpus(.folder, "mine")])
    let names = scan.duplicates.map { group in group.paths.map { ($0 as NSString).lastPathComponent } }
    #expect(names == [["a.wav", "b.wav"]])
  }

  @Test func whatIsNamedInVainCannotBeUsed() throws {
    let tree = try Tree(
      [],
      contents: [
        "a.wav": wave(samples: 8_000), "list.csv": Data("path,label\na.wav,sad\nb.wav,sad\n./a.wav,sad\n".utf8),
      ])
    defer { withExtendedLifetime(tree) {} }
    let scan = CorpusScan([try tree.corpus(.csv, "list.csv")])
    #expect(scan.unreadable.map(\.reason) == ["list.csv, line 3: there is no such file"])
    let counts = scan.corpora[0]
    #expect(counts.recordings == 1 && counts.unreadable == 1 && counts.skipped == 1)
  }

  @Test func theSameSoundInAnotherFormatIsFound() throws {
    let sound = noise(40_000)
    var other = sound
    other[39_999] &+= 1
    let tree = try Tree(["mine/sad/x", "mine/happy/x"])
    defer { withExtendedLifetime(tree) {} }
    func write(_ samples: [Int16], _ name: String, rate: Int32 = 16_000, _ format: Int) throws {
      try encode(samples, rate: rate, format: Int32(format), to: "\(tree.path)/mine/\(name)")
    }
    try write(sound, "sad/a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16)
    try write(sound, "sad/copy.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16)
    try write(sound, "happy/b.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
    try write(sound, "sad/c.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24)
    // Another end, another rate, another length, and what a codec has changed.
    try write(other, "sad/d.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
    try write(sound, "sad/e.flac", rate: 8_000, SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
    try write(Array(sound.dropLast()), "sad/f.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
    try write(sound, "sad/g.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS)

    let scan = CorpusScan([try tree.corpus(.folder, "mine")])
    func names(_ groups: [CorpusScan.Duplicates]) -> [[String]] {
      groups.map { $0.paths.map { ($0 as NSString).lastPathComponent } }
    }
    #expect(names(scan.duplicates) == [["a.wav", "copy.wav"]])
    #expect(names(scan.sameSound) == [["b.flac", "a.wav", "c.aiff", "copy.wav"]])
    #expect(scan.sameSound.first?.labels == ["happy", "sad"])
  }
}

/// The same noise every time.
private func noise(_ count: Int) -> [Int16] {
  var state: UInt32 = 1
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Int16(truncatingIfNeeded: state >> 16) / 2
  }
}

/// Encodes mono samples with libsndfile.
private func encode(_ samples: [Int16], rate: Int32, format: Int32, to path: String) throws {
  var info = SF_INFO()
  (info.samplerate, info.channels, info.format) = (rate, 1, format)
  let file = try #require(sf_open(path, Int32(SFM_WRITE), &info))
  defer { sf_close(file) }
  // In pieces: libsndfile's Vorbis encoder puts a whole write on its stack.
  for start in stride(from: 0, to: samples.count, by: 1_024) {
    let block = Array(samples[start..<min(start + 1_024, samples.count)])
    sf_writef_short(file, block, sf_count_t(block.count))
  }
}
