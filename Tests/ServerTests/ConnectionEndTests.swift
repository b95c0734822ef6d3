import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Server

/// When a connection ends, and that it does.
@Suite struct ConnectionEndTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  private static let upgrade =
    "Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"

  @Test func whatAsksForAnotherProtocolIsTheLastRequest() async throws {
    try await fixture.serve { _, port in
      let next = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
      for (request, status) in [
        (Data("GET /healthz HTTP/1.1\r\n\(Self.upgrade)\r\n".utf8), 200),
        (
          Data("POST /v1/classify HTTP/1.1\r\n\(Self.upgrade)Content-Length: \(recording().count)\r\n\r\n".utf8)
            + recording(), 200
        ),
        (Data("CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n".utf8), 404),
      ] {
        let (apart, together) = (try RawClient(port: port), try RawClient(port: port))
        together.send(request + Data(next.utf8))
        apart.send(request)
        for client in [apart, together] {
          let answer = await client.receive()
          #expect(answer.text.hasPrefix("HTTP/1.1 \(status) ") && answer.isClosed, "\(answer)")
          #expect(answer.text.contains("Connection: close\r\n"), "\(answer)")
          #expect(answer.text.components(separatedBy: "HTTP/1.1 ").count == 2, "\(answer)")
        }
      }
    }
  }

  @Test func anIdleConnectionHasATimeOfItsOwn() async throws {
    let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    // Each case waits for one of the two times alone: the other one is far longer than a test waits.
    try await fixture.serve({ ($0.headerTimeout, $0.keepAlive) = (3_600, 0.5) }) { _, port in
      let client = try RawClient(port: port)
      client.send(request)
      let answer = await client.receive()
      #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.isClosed, "\(answer)")
    }
    try await fixture.serve({ ($0.headerTimeout, $0.keepAlive) = (2, 3_600) }) { _, port in
      let waiting = try RawClient(port: port)
      waiting.send(request)
      #expect(await waiting.receive(until: "}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      let begun = try RawClient(port: port)
      begun.send(request)
      #expect(await begun.receive(until: "}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      // A head that has begun must come to its end.
      begun.send("GET /hea")
      #expect(await begun.receive().isClosed)
      waiting.send(request)
      #expect(await waiting.receive(until: "}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
  }

  @Test func whoeverReadsNothingIsLeft() async throws {
    try await fixture.serve({ $0.bodyTimeout = 1 }) { _, port in
      let client = try RawClient(port: port)
      // Answers of more bytes than all buffers on the way hold.
      client.send(String(repeating: "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", count: 1_000))
      // The client's system refuses to send once the connection is gone.
      try await eventually("the connection is gone") { !client.send("G") }
    }
  }

  @Test func nothingIsReadBehindTheLastRequest() async throws {
    try await fixture.serve({ $0.bodyTimeout = 2 }) { _, port in
      for headers in ["Host: x\r\nConnection: close\r\n", Self.upgrade] {
        let client = try RawClient(port: port)
        let last = "GET /healthz HTTP/1.1\r\n\(headers)\r\n"
        client.send(last + last)
        let answer = await client.receive()
        #expect(answer.isClosed && answer.text.components(separatedBy: "HTTP/1.1 ").count == 2, "\(answer)")
        // It does not stay open for an answer that never comes, nor for bytes that nobody reads.
        try await eventually("the connection is gone") { !client.send("x") }
      }
    }
  }
}
