import Foundation
import Testing

@testable import Server

/// How the built program ends, and what it makes of a signal that comes early.
@Suite(.serialized) struct ShutdownTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  /// Waits until one of the server's metrics is above 0.
  private func waitFor(_ metric: String, of server: ServeProcess) async throws {
    try await eventually("\(metric) is above 0", within: 60) {
      let client = try RawClient(port: server.port)
      client.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      let lines = client.waitFor(nil).text.split(whereSeparator: \.isNewline)
      let line = lines.first { $0.hasPrefix("\(metric) ") }
      return line.flatMap { Double($0.dropFirst(metric.count + 1)) } ?? 0 > 0
    }
  }

  @Test func itEndsOnceBegunRequestsAreAnswered() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path, "--drain", "60")
    let (idle, begun) = (try RawClient(port: server.port), try RawClient(port: server.port))
    idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(await idle.receive(until: "}").text.contains("\"ok\""))
    let body = recording()
    begun.post("/v1/classify", length: body.count, "", body.prefix(1_000))
    // The head has to be there before the signal is.
    try await waitFor("emotive_body_bytes", of: server)
    server.send(SIGTERM)
    #expect(await idle.receive().isClosed)
    try await eventually("no new connections are taken") { (try? RawClient(port: server.port)) == nil }
    begun.send(body.dropFirst(1_000))
    #expect(await begun.receive(until: "}}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(try await server.end(within: 10) == 0)
    #expect(server.errors.split(separator: "\n").count == 1, "\(server.errors)")
  }

  @Test func itEndsWhenARequestNeverDoes() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path)
    let begun = try RawClient(port: server.port)
    begun.post("/v1/classify", length: 1_000, "", Data("R".utf8))
    try await waitFor("emotive_body_bytes", of: server)
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
    #expect(server.errors.contains("not finished within 8 s"))
  }

  @Test func itEndsWhileATimelineIsBeingMade() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path, "--drain", "0.5")
    // Ten minutes of noise, four times, are more than half a second of work on any machine.
    let second = (0..<8_000).map { _ in Int16.random(in: -8_000...8_000) }
    let body = wav((0..<600).flatMap { _ in second })
    let clients = try (0..<4).map { _ in try RawClient(port: server.port) }
    for client in clients { client.post("/v1/classify?timeline=true", length: body.count, "", body) }
    // Timelines begin when the whole recordings are classified.
    try await waitFor("emotive_batch_size_sum", of: server)
    try await Task.sleep(for: .milliseconds(100))
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
    #expect(server.errors.contains("not finished within 0.5 s"), "\(server.errors)")
    let answer = await clients[0].receive()
    #expect(answer.isClosed && (answer.text.isEmpty || answer.text.contains("emotive:shutting-down")), "\(answer)")
  }

  @Test func aHangupBeforeItServesIsNoEnd() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path) { process in
      // Linux says which signals a process ignores; the first bit is that of SIGHUP.
      try await eventually("SIGHUP is ignored") {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let mask = status.firstMatch(of: #/SigIgn:\s*([0-9a-f]+)/#).flatMap { UInt64($0.1, radix: 16) } ?? 0
        return mask & 1 == 1
      }
      kill(process, SIGHUP)
    }
    server.send(SIGHUP)
    try await eventually("the bundle is reloaded") { server.errors.contains("test was reloaded.") }
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
  }
}
