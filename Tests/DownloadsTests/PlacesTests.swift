import Foundation
import Testing

@testable import Downloads

/// Addresses, cache folders, checksums in names, zip files.
struct PlacesTests {
  @Test(arguments: [
    ("https://a.org/m", "https://a.org/m/r-1.pth"), ("https://a.org/m/", "https://a.org/m/r-1.pth"),
    ("http://a.org/own.pth", "http://a.org/own.pth"), ("file:///data/w", "file:///data/w/r-1.pth"),
    ("/data/w.pth", "file:///data/w.pth"), ("/data", "file:///data/r-1.pth"),
  ])
  func addresses(text: String, expected: String) throws {
    #expect(try Download.address(text, of: "r-1.pth").absoluteString == expected)
  }

  @Test func aFileThatIsThereIsTheFileItself() throws {
    let folder = TemporaryFolder()
    let file = folder.url.appending(path: "renamed.bin")
    try Data("abc".utf8).write(to: file)
    #expect(try Download.address(file.path, of: "r-1.pth").path == file.path)
    #expect(try Download.address(folder.url.path, of: "r-1.pth").lastPathComponent == "r-1.pth")
  }

  @Test(arguments: ["ftp://a.org/x", "https://", "http:///x.pth", "https:// a b"])
  func badAddresses(text: String) {
    #expect(throws: DownloadError.self) { try Download.address(text, of: "r-1.pth") }
  }

  @Test func cacheFolder() {
    let home = ["HOME": "/home/x"]
    #expect(CacheFolder.url(home).path == "/home/x/.cache/emotive")
    #expect(CacheFolder.url(home.merging(["XDG_CACHE_HOME": "/c"]) { $1 }).path == "/c/emotive")
    #expect(CacheFolder.url(home.merging(["XDG_CACHE_HOME": "relative"]) { $1 }).path == "/home/x/.cache/emotive")
    #expect(CacheFolder.url(["XDG_CACHE_HOME": "/c", "EMOTIVE_CACHE": "/e"]).path == "/e")
  }

  @Test func checksums() throws {
    #expect(Checksum(inName: "alexnet-owt-7be5be79.pth") == .sha256(prefix: "7be5be79"))
    #expect(Checksum(inName: "resnet18.pth") == nil)
    #expect(Checksum(inName: "resnet18-notahash.pth") == nil)
    let folder = TemporaryFolder()
    let file = folder.url.appending(path: "abc")
    try Data("abc".utf8).write(to: file)
    #expect(try Checksum.sha256(prefix: "00000000").computed(of: file) == .sha256(prefix: "ba7816bf"))
    #expect(try Checksum.md5("").computed(of: file) == .md5("900150983cd24fb0d6963f7d28e17f72"))
  }

  @Test(arguments: [
    (206, ["content-range": "bytes 5-9/10"], Answer.rest(10)), (206, ["content-range": "bytes 5-9/*"], .rest(nil)),
    (206, ["content-range": "bytes 4-9/10"], .other("another range came")), (206, [:], .other("another range came")),
    (416, ["content-range": "bytes */5"], .nothingMissing), (200, ["content-length": "10"], .whole(10)),
  ])
  func answers(status: Int, headers: [String: String], expected: Answer) {
    #expect(Answer(status: status, headers: headers, present: 5) == expected)
  }

  @Test func zipFiles() throws {
    let folder = TemporaryFolder()
    let archive = folder.url.appending(path: "x.zip")
    // A stored entry "a/b.txt" with the two bytes "hi", made by Python's zipfile.
    let zip = try #require(
      Data(
        base64Encoded:
          "UEsDBBQAAAAAAAAAIQCsKpPYAgAAAAIAAAAHAAAAYS9iLnR4dGhpUEsBAhQDFAAAAAAAAAAhAKwqk9gCAAAAAgAAAAcAAAAAAAAA"
          + "AAAAAKQBAAAAAGEvYi50eHRQSwUGAAAAAAEAAQA1AAAAJwAAAAAA"))
    try zip.write(to: archive)
    let target = folder.url.appending(path: "out/corpus")
    try Archive.unpack(archive, to: target)
    #expect(try String(contentsOf: target.appending(path: "a/b.txt"), encoding: .utf8) == "hi")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "out").path) == ["corpus"])
    // unzip warns of bytes in front of the archive, with another exit status, and unpacks all.
    try (Data("abc".utf8) + zip).write(to: archive)
    let behind = folder.url.appending(path: "out/behind")
    try Archive.unpack(archive, to: behind)
    #expect(try String(contentsOf: behind.appending(path: "a/b.txt"), encoding: .utf8) == "hi")
    try FileManager.default.removeItem(at: behind)
    try zip.dropLast(30).write(to: archive)
    let error = #expect(throws: DownloadError.self) {
      try Archive.unpack(archive, to: folder.url.appending(path: "out/other"))
    }
    #expect(error?.problem.contains("damaged") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "out").path) == ["corpus"])
  }
}
