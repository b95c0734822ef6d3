import Foundation
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Server

/// What the server says, and that it waits for nobody to read it.
@Suite(.serialized) struct LogTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  @Test func whatIsDroppedIsCounted() {
    let (entered, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let written = Mutex<[String]>([])
    let log = LogWriter(capacity: 3) { line in
      if line == "1" {
        entered.signal()
        release.wait()
      }
      written.withLock { $0.append(line) }
    }
    log.add("1")
    entered.wait()
    for number in 2...6 { log.add("\(number)") }
    log.flush(within: 0.1)  // gives up
    #expect(written.withLock { $0.isEmpty })
    release.signal()
    log.flush(within: 60)
    log.add("7")
    log.flush(within: 60)
    let lines = written.withLock { $0 }
    #expect(lines.count == 6 && lines.prefix(4) == ["1", "2", "3", "4"] && lines.last == "7", "\(lines)")
    #expect(lines.dropFirst(4).first?.hasSuffix(" not read in time: 2.") == true, "\(lines)")
  }

  @Test func requestsDoNotWaitForWhoeverReadsTheLog() async throws {
    let release = DispatchSemaphore(value: 0)
    let lines = Mutex<[String]>([])
    var settings = ServerSettings()
    settings.logsRequests = true
    let bundles = try BundleRegistry([(name: nil, directory: fixture.bundle)])
    let server = RecognitionServer(bundles, settings: settings) { line in
      release.wait()
      release.signal()
      lines.withLock { $0.append(line) }
    }
    try await server.application().test(.router) { client in
      for _ in 0..<100 {
        let answer = try await client.get("/healthz")
        #expect(answer.status == .ok)
      }
    }
    #expect(lines.withLock { $0.isEmpty })
    release.signal()
    try await eventually("all are named") { lines.withLock { $0.count } == 100 }
  }

  @Test func everyAnswerIsNamedAndHasANumber() async throws {
    let lines = Mutex<[String]>([])
    var settings = ServerSettings()
    (settings.logsRequests, settings.corsOrigin) = (true, "*")
    let bundles = try BundleRegistry([(name: nil, directory: fixture.bundle)])
    let server = RecognitionServer(bundles, settings: settings) { line in lines.withLock { $0.append(line) } }
    let long = String(repeating: "x", count: 64)
    let health = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    let cases: [(request: String, number: String?, line: String)] = [
      (health, nil, " GET /healthz 200 "),
      ("\(health)X-Request-ID: a.B-3_\r\n", "a.B-3_", " GET /healthz 200 "),
      ("\(health)x-request-id: \(long)\r\n", long, " GET /healthz 200 "),
      ("\(health)X-Request-ID: \(long)x\r\n", nil, " GET /healthz 200 "),
      ("\(health)X-Request-ID: a b\r\n", nil, " GET /healthz 200 "),
      ("\(health)X-Request-ID: a\r\nX-Request-ID: b\r\n", nil, " GET /healthz 200 "),
      (
        "OPTIONS /v1/classify HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: https://a.test\r\n", nil,
        " OPTIONS /v1/classify 204 "
      ),
      ("GET /anna HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", nil, " GET other 404 "),
      ("nonsense\r\n", nil, " - other 400 - ms "),
      ("GET /healthz HTTP/1.1\r\n", nil, " - other 400 - ms "),
    ]
    try await server.application().test(.live) { client in
      let port = try #require(client.port)
      for (request, number, line) in cases {
        let client = try RawClient(port: port)
        client.send(request + "\r\n")
        let answer = await client.receive().text
        let id = try #require(answer.firstMatch(of: #/X-Request-ID: (\S+)/#)).1
        let isRight = if let number { id == number } else { UUID(uuidString: String(id)) != nil }
        #expect(isRight, "\(request): \(answer)")
        try await eventually("\(request) is named") {
          lines.withLock { $0.contains { $0.contains(line) && $0.hasSuffix(" ms \(id)") } }
        }
      }
    }
    let metrics = server.routes.metricsText
    #expect(metrics.contains("emotive_requests_total{path=\"/v1/classify\",status=\"204\"} 1\n"), "\(metrics)")
    #expect(metrics.contains("emotive_requests_total{path=\"other\",status=\"400\"} 2\n"), "\(metrics)")
  }

  @Test func aLogThatNobodyReadsStopsNothing() async throws {
    let (process, errors) = (Process(), Pipe())
    process.executableURL = URL(filePath: ServeProcess.program)
    process.arguments = ["serve", "--port", "0", "--bundle", fixture.bundle.path, "--log-requests"]
    process.standardError = errors
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    var said = ""
    while !said.contains("\n") {
      let more = errors.fileHandleForReading.availableData
      try #require(!more.isEmpty, "\(said)")
      said += String(decoding: more, as: UTF8.self)
    }
    let match = try #require(said.firstMatch(of: #/Serving on http://127.0.0.1:(\d+) /#), "\(said)")
    let port = try #require(Int(match.1))
    // 64 KiB wait in the pipe; after that, nothing can be written.
    let client = try RawClient(port: port)
    for number in 0..<2_000 {
      client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
      let answer = client.waitFor("}").text
      try #require(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "request \(number): \(answer)")
    }
    try await eventually("the pipe is full") {
      var waiting: Int32 = 0
      return ioctl(errors.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &waiting) == 0 && waiting > 60_000
    }
    kill(process.processIdentifier, SIGTERM)
    try await eventually("it ends", within: 30) { !process.isRunning }
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
  }
}
