import Corpora
import Foundation
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

    for line in [
      "ravdess           4         2           1        1  0.1 min    1.00 s  2.00 s   3.00 s",
      "sad            1       1    2",
      "unknown (folder)           2", "skipped: 1 file(s)", "unreadable: 1 file(s)",
      "warning: 1 group(s) of recordings with the same content", "the labels differ: neutral, sad",
    ] {
      #expect(scan.table.contains(line), "\(line) in\n\(scan.table)")
    }
    let copy = try JSONDecoder().decode(CorpusScan.self, from: JSONEncoder().encode(scan))
    #expect(copy.duplicates == scan.duplicates && copy.corpora[0].labels == first.labels)
  }
}
