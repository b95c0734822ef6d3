import Corpora
import Downloads
import Foundation
import Testing

/// Fetching corpora, without a network.
struct CorpusDownloadTests {
  @Test func everyPublishedCorpusCanBeHadSomehow() {
    #expect(CorpusDownload.all.map(\.kind) == [.ravdess, .savee, .tess, .cremaD, .emoDB])
    for corpus in CorpusDownload.all { #expect((corpus.address == nil) != corpus.instructions.isEmpty) }
  }

  @Test func withoutAPublicAddress() throws {
    let savee = try #require(CorpusDownload(.savee))
    let folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    let error = #expect(throws: DownloadError.self) { try savee.fetch(to: folder.appending(path: "savee")) }
    #expect(error?.advice.contains("surrey.ac.uk") == true)
  }

  @Test func aMirrorsArchiveIsUnpacked() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // A zip file with the entry "a/b.txt".
    let zip = Data(
      base64Encoded: "UEsDBBQAAAAAAAAAIQCsKpPYAgAAAAIAAAAHAAAAYS9iLnR4dGhpUEsBAhQDFAAAAAAAAAAhAKwqk9gCAAAAAgAAAAcAAAAA"
        + "AAAAAAAAAKQBAAAAAGEvYi50eHRQSwUGAAAAAAEAAQA1AAAAJwAAAAAA")
    try #require(zip).write(to: folder.appending(path: "AudioData.zip"))
    let corpus = try #require(CorpusDownload(.savee))
    let target = folder.appending(path: "cache/savee")
    let mirror = folder.appending(path: "AudioData.zip").path
    #expect(try corpus.fetch(to: target, from: mirror))
    #expect(FileManager.default.fileExists(atPath: target.appending(path: "a/b.txt").path))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "cache").path) == ["savee"])
    #expect(try !corpus.fetch(to: target, from: mirror))
    // A damaged one is not kept.
    try Data("no zip file".utf8).write(to: folder.appending(path: "AudioData.zip"))
    let other = folder.appending(path: "new/savee")
    let error = #expect(throws: DownloadError.self) { try corpus.fetch(to: other, from: mirror) }
    #expect(error?.problem.hasPrefix("is damaged or not a zip file (End-of-central") == true, "\(error?.problem ?? "")")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "new").path).isEmpty)
  }
}
