import Foundation
import Testing

@testable import Server

/// How the built program ends where load balancers are to see it coming.
@Suite(.serialized) struct ShutdownDelayTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  @Test func itServesOnUntilOthersHaveSeenThatItEnds() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path, "--shutdown-delay", "3600")
    let (idle, begun) = (try RawClient(port: server.port), try RawClient(port: server.port))
    let health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    idle.send(health)
    let before = await idle.receive(until: "}")
    #expect(before.text.hasPrefix("HTTP/1.1 200 OK\r\n") && !before.text.contains("Connection: "), "\(before)")
    let body = recording()
    begun.post("/v1/classify", length: body.count, "", body.prefix(1_000))
    #expect(try get("/readyz", port: server.port).hasPrefix("HTTP/1.1 200 OK\r\n"))
    server.send(SIGTERM)
    try await eventually("it says that it is not ready") {
      try get("/readyz", port: server.port).hasPrefix("HTTP/1.1 503 ")
    }
    // Requests that have begun, those on open connections and those on new ones are answered, each as the last.
    begun.send(body.dropFirst(1_000))
    let last = await begun.receive(until: "}}").text
    #expect(last.hasPrefix("HTTP/1.1 200 OK\r\n") && last.contains("Connection: close\r\n"), "\(last)")
    let new = try RawClient(port: server.port)
    for client in [idle, new] {
      client.send(health)
      let answer = await client.receive()
      #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.isClosed, "\(answer)")
      #expect(answer.text.contains("Connection: close\r\n"), "\(answer)")
    }
    server.send(SIGTERM)
    #expect(try await server.end(within: 20) == 0)
    #expect(server.errors.split(separator: "\n").count == 1, "\(server.errors)")
  }

  @Test func theDelayEnds() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path, "--shutdown-delay", "0.5")
    server.send(SIGTERM)
    #expect(try await server.end(within: 60) == 0)
  }

  /// A shell that runs the tests in the background may have them, and what they start, ignore Ctrl-C.
  private static let isInterruptible: Bool = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let mask = status.firstMatch(of: #/SigIgn:\s*([0-9a-f]+)/#).flatMap { UInt64($0.1, radix: 16) } ?? 0
    return mask & 1 << (SIGINT - 1) == 0
  }()

  @Test(.enabled(if: isInterruptible, "Ctrl-C is ignored here")) func controlCEndsItAtOnce() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path, "--shutdown-delay", "3600")
    server.send(SIGINT)
    #expect(try await server.end(within: 60) == 0)
  }
}
