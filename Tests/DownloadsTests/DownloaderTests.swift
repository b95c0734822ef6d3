import Crypto
import Foundation
import Testing

@testable import Downloads

/// Downloads from a server on this machine.
struct DownloaderTests {
  private let folder = TemporaryFolder()
  private let content = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })
  private let downloader = Downloader(retries: 2, timeout: 5, pause: 0.01)

  private func download(_ url: URL, _ name: String = "w.bin", checksum: Checksum? = nil) -> Download {
    Download(from: url, to: folder.url.appending(path: name), checksum: checksum ?? .sha256(prefix: prefix(content)))
  }

  private func prefix(_ data: Data) -> String {
    String(SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined().prefix(8))
  }

  private func names() -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path))?.sorted() ?? []
  }

  private func failure(_ body: () throws -> Void) throws -> DownloadError {
    try #require(#expect(throws: DownloadError.self, performing: body))
  }

  @Test func wholeFileWithProgress() throws {
    let server = try TestServer.file(content)
    let download = download(server.url("models/w.bin"))
    var events: [DownloadEvent] = []
    #expect(try downloader.fetch(download) { events.append($0) })
    #expect(try Data(contentsOf: download.file) == content)
    #expect(names() == ["w.bin"])
    #expect(events.first == .started(byteCount: content.count, present: 0))
    let received = events.dropFirst().reduce(0) { if case .received(let count) = $1 { $0 + count } else { $0 } }
    #expect(received == content.count)
    #expect(server.requests.map(\.path) == ["/models/w.bin"])
    #expect(server.requests[0].headers["accept-encoding"] == "identity")
    // The second time nothing is fetched.
    #expect(try !downloader.fetch(download))
    #expect(server.requests.count == 1)
  }

  @Test func brokenConnectionIsTakenUpWhereItEnded() throws {
    let server = try TestServer.file(content, tag: "\"one\"") { request, response in
      if request.rangeStart == nil { response.cut = 100_000 }
      if request.rangeStart == 100_000 { response.cut = 50_000 }
    }
    var events: [DownloadEvent] = []
    try downloader.fetch(download(server.url("w.bin"))) { events.append($0) }
    #expect(try Data(contentsOf: folder.url.appending(path: "w.bin")) == content)
    #expect(server.requests.map(\.rangeStart) == [nil, 100_000, 150_000])
    #expect(server.requests[1].headers["if-range"] == "\"one\"")
    #expect(events.contains(.started(byteCount: content.count, present: 150_000)))
  }

  @Test func anEarlierProcessIsResumed() throws {
    let server = try TestServer.file(content)
    try content.prefix(123_456).write(to: folder.url.appending(path: "w.bin.part"))
    try downloader.fetch(download(server.url("w.bin")))
    #expect(server.requests.map(\.rangeStart) == [123_456])
    #expect(try Data(contentsOf: folder.url.appending(path: "w.bin")) == content)
  }

  @Test func anotherFilesBeginningIsReplaced() throws {
    let server = try TestServer.file(content)
    try Data(repeating: 7, count: 1000).write(to: folder.url.appending(path: "w.bin.part"))
    try downloader.fetch(download(server.url("w.bin")))
    #expect(server.requests.map(\.rangeStart) == [1000, nil])
    #expect(try Data(contentsOf: folder.url.appending(path: "w.bin")) == content)
  }

  @Test func aPartLongerThanTheFileIsReplaced() throws {
    let server = try TestServer.file(content)
    try (content + content).write(to: folder.url.appending(path: "w.bin.part"))
    try downloader.fetch(download(server.url("w.bin")))
    #expect(try Data(contentsOf: folder.url.appending(path: "w.bin")) == content)
  }

  @Test func aCompletePartNeedsNoBody() throws {
    let server = try TestServer.file(content)
    try content.write(to: folder.url.appending(path: "w.bin.part"))
    try downloader.fetch(download(server.url("w.bin")))
    #expect(names() == ["w.bin"])
  }

  @Test func aServerWithoutRanges() throws {
    let content = content
    let server = try TestServer { _ in .init(body: content) }
    try content.prefix(1000).write(to: folder.url.appending(path: "w.bin.part"))
    try downloader.fetch(download(server.url("w.bin")))
    #expect(try Data(contentsOf: folder.url.appending(path: "w.bin")) == content)
  }

  @Test("Without a checksum, a part of unknown age is not built upon; a changed file starts again")
  func withoutChecksum() throws {
    let old = Data(repeating: 1, count: 200_000)
    let new = content
    let count = Counter()
    let server = try TestServer { request in
      // The file changes at the server after the first, broken answer.
      if count.next() == 1 { return .init(headers: ["ETag": "\"old\""], body: old, cut: 100_000) }
      return request.headers["if-range"] == "\"old\"" ? .init(body: new) : .init(status: 500)
    }
    let part = folder.url.appending(path: "w.bin.part")
    try Data(repeating: 9, count: 10).write(to: part)
    try downloader.fetch(Download(from: server.url("w.bin"), to: folder.url.appending(path: "w.bin"), checksum: nil))
    #expect(try Data(contentsOf: folder.url.appending(path: "w.bin")) == new)
    #expect(server.requests.map(\.rangeStart) == [nil, 100_000])
  }

  @Test func wrongChecksum() throws {
    let server = try TestServer.file(content)
    let error = try failure {
      try downloader.fetch(download(server.url("w.bin"), checksum: .sha256(prefix: "00000000")))
    }
    #expect(error.problem.contains(prefix(content)) && error.problem.contains("00000000"))
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "w.bin").path))
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "w.bin.part").path))
  }

  @Test func aDamagedFileIsFetchedAgain() throws {
    let server = try TestServer.file(content)
    try content.dropLast().write(to: folder.url.appending(path: "w.bin"))
    #expect(try downloader.fetch(download(server.url("w.bin"))))
    #expect(try Data(contentsOf: folder.url.appending(path: "w.bin")) == content)
  }

  @Test(arguments: [(404, "no such file"), (403, "refuses"), (418, "HTTP 418")])
  func refusals(status: Int, word: String) throws {
    let server = try TestServer { _ in .init(status: status, body: Data("<html>".utf8)) }
    let error = try failure { try downloader.fetch(download(server.url("w.bin"))) }
    #expect(error.problem.contains(word) && error.description.contains("\(server.port)/w.bin"))
    #expect(server.requests.count == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "w.bin.part").path))
  }

  @Test func aBusyServerIsAskedAgain() throws {
    let content = content
    let count = Counter()
    let server = try TestServer { _ in count.next() < 3 ? .init(status: 503) : .init(body: content) }
    var events: [DownloadEvent] = []
    try downloader.fetch(download(server.url("w.bin"))) { events.append($0) }
    #expect(events.filter { if case .retrying = $0 { true } else { false } }.count == 2)
    #expect(events.contains(.retrying(problem: "the server cannot answer now (HTTP 503)", seconds: 0.02)))
    let busy = try TestServer { _ in .init(status: 503) }
    let error = try failure { try downloader.fetch(download(busy.url("other.bin"), "other.bin")) }
    #expect(error.problem.contains("503") && busy.requests.count == 3)
  }

  @Test func refusedConnectionAndUnknownHostFailAtOnce() throws {
    let port = try TestServer { _ in .init() }.port
    let closed = try #require(URL(string: "http://127.0.0.1:\(port)/w.bin"))
    let error = try failure { try downloader.fetch(download(closed)) }
    #expect(error.problem == "the host refuses the connection")
    #expect(error.advice.contains("--from") && error.advice.contains("w.bin"))
    let nowhere = try #require(URL(string: "http://no-such-host.invalid/w.bin"))
    let unknown = try failure { try downloader.fetch(download(nowhere)) }
    #expect(unknown.problem == "the host cannot be found", "\(unknown)")
  }

  @Test func aSilentServerIsGivenUp() throws {
    let server = try TestServer { _ in
      Thread.sleep(forTimeInterval: 2)
      return .init()
    }
    let impatient = Downloader(retries: 0, timeout: 1, pause: 0)
    let error = try failure { try impatient.fetch(download(server.url("w.bin"))) }
    #expect(error.problem == "the server has fallen silent")
  }

  @Test func redirectsKeepTheRange() throws {
    let target = try TestServer.file(content)
    let server = try TestServer { _ in .init(status: 302, headers: ["Location": target.url("real.bin").absoluteString])
    }
    try content.prefix(5000).write(to: folder.url.appending(path: "w.bin.part"))
    try downloader.fetch(download(server.url("w.bin")))
    #expect(try Data(contentsOf: folder.url.appending(path: "w.bin")) == content)
    #expect(target.requests.map(\.rangeStart) == [5000])
  }

  @Test func filesOfThisMachine() throws {
    let source = folder.url.appending(path: "source.bin")
    try content.write(to: source)
    try downloader.fetch(download(source, "copy/w.bin"))
    #expect(try Data(contentsOf: folder.url.appending(path: "copy/w.bin")) == content)
    let absent = try failure { try downloader.fetch(download(folder.url.appending(path: "absent"), "x")) }
    #expect(absent.problem == "cannot be read: No such file or directory")
    let inAFile = try failure { try downloader.fetch(download(source.appending(path: "w.bin"), "x")) }
    #expect(inAFile.problem == "cannot be read: Not a directory")
    let aFolder = try failure { try downloader.fetch(download(folder.url, "x")) }
    #expect(aFolder.problem == "cannot be read: Is a directory")
  }

  @Test func foldersThatCannotBeWritten() throws {
    let server = try TestServer.file(content)
    try Data().write(to: folder.url.appending(path: "file"))
    let error = try failure { try downloader.fetch(download(server.url("w.bin"), "file/w.bin")) }
    #expect(error.problem.contains("cannot be written") && error.place.hasSuffix("file/w.bin"))
  }

  @Test func twoAtOnce() throws {
    let first = try PartialFile(for: folder.url.appending(path: "w.bin"))
    let server = try TestServer.file(content)
    let error = try failure { try downloader.fetch(download(server.url("w.bin"))) }
    #expect(error.problem.contains("another process"))
    withExtendedLifetime(first) {}
  }
}
