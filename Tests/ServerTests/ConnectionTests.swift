import Foundation
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Server

/// What only a real connection shows.
@Suite struct ConnectionTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  @Test func aConnectionServesManyRequests() async throws {
    try await fixture.serve { _, port in
      let client = try RawClient(port: port)
      for number in 1...3 {
        client.post("/v1/classify", length: recording(number).count, "", recording(number))
        let answer = await client.receive(until: "}}")
        #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n") && !answer.isClosed)
      }
    }
  }

  @Test func aSlowBodyIsRefused() async throws {
    try await fixture.serve({ $0.bodyTimeout = 0.5 }) { server, port in
      let client = try RawClient(port: port)
      client.post("/v1/classify", length: 1_000, "", Data("RIFF".utf8))
      let answer = await client.receive()
      #expect(answer.text.hasPrefix("HTTP/1.1 408 ") && answer.text.contains("emotive:slow-body") && answer.isClosed)
      #expect(server.routes.reader.memory.taken == 0)
      // Bytes that trickle in are no excuse.
      let trickler = try RawClient(port: port)
      trickler.post("/v1/classify", length: 1_000)
      let trickle = Task {
        while trickler.send("x") { try? await Task.sleep(for: .milliseconds(50)) }
      }
      #expect(await trickler.receive().text.hasPrefix("HTTP/1.1 408 "))
      trickle.cancel()
    }
  }

  @Test func aBodyThatStallsIsRefusedToo() async throws {
    // The time for a head is shorter, and has nothing to do with it.
    try await fixture.serve({ ($0.headerTimeout, $0.keepAlive, $0.bodyTimeout) = (1.2, 1.2, 2.4) }) { _, port in
      let client = try RawClient(port: port)
      client.post("/v1/classify", length: 1_000, "", Data("RIFF".utf8))
      let answer = await client.receive()
      #expect(answer.text.hasPrefix("HTTP/1.1 408 ") && answer.text.contains("emotive:slow-body") && answer.isClosed)
    }
    // A body that is only slow is taken, and the time for the next head begins after the answer.
    try await fixture.serve({ ($0.headerTimeout, $0.keepAlive, $0.bodyTimeout) = (1.2, 1.2, 60) }) { _, port in
      let next = try RawClient(port: port)
      next.post("/v1/classify", length: recording().count, "", recording().prefix(1_000))
      try await Task.sleep(for: .seconds(2.4))
      next.send(recording().dropFirst(1_000))
      #expect(await next.receive(until: "}}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(await next.receive().isClosed)
    }
  }

  @Test func aSlowHeadClosesTheConnection() async throws {
    try await fixture.serve({ $0.headerTimeout = 0.5 }) { _, port in
      let (idle, slow) = (try RawClient(port: port), try RawClient(port: port))
      slow.send("GET /healthz HTTP/1.1\r\nHo")
      for client in [idle, slow] { #expect(await client.receive().isClosed) }
    }
  }

  @Test func aLargeBodyIsRefusedBeforeItComes() async throws {
    try await fixture.serve({ $0.maximumBody = 1_000_000 }) { server, port in
      let client = try RawClient(port: port)
      client.post("/v1/classify", length: 1_000_001)
      #expect(await client.receive(until: "}").text.contains("emotive:too-large"))
      // One that does not say its length is refused on the way; whoever goes on sending still gets to read the answer.
      let chunked = try RawClient(port: port)
      chunked.send("POST /v1/classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
      for _ in 0..<20 { chunked.send(Data("10000\r\n".utf8) + Data(count: 0x10000) + Data("\r\n".utf8)) }
      let answer = await chunked.receive(until: "}")
      #expect(answer.text.hasPrefix("HTTP/1.1 413 ") && answer.text.contains("emotive:too-large"))
      #expect(server.routes.reader.memory.taken == 0)
    }
  }

  @Test func whoeverAsksFirstIsInvited() async throws {
    try await fixture.serve { _, port in
      let client = try RawClient(port: port)
      client.post("/v1/classify", length: recording().count, "Expect: 100-continue\r\n")
      #expect(await client.receive(until: "\r\n\r\n").text == "HTTP/1.1 100 Continue\r\n\r\n")
      client.send(recording())
      #expect(await client.receive(until: "}}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
  }

  @Test func whatIsNoHTTPIsRefused() async throws {
    try await fixture.serve { server, port in
      let long = String(repeating: "x", count: 40_000)
      let chunked = "POST /v1/classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      for (text, status, type) in [
        ("nonsense\r\n\r\n", 400, "malformed"), ("GET / HTTP/1.1\r\nA: \(long)\r\n\r\n", 431, "head-too-large"),
        ("GET /\(long) HTTP/1.1\r\n\r\n", 431, "head-too-large"), ("\(chunked)no number\r\n", 400, "malformed"),
        ("\(chunked)4\r\nRIFF\r\nno number\r\n", 400, "malformed"),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n", 400, "malformed"),
        ("GET /healthz HTTP/1.1\r\n\r\n", 400, "malformed"),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", 400, "malformed"),
        ("GET /healthz HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400, "malformed"),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n", 400, "malformed"),
      ] {
        let client = try RawClient(port: port)
        client.send(text)
        let answer = await client.receive()
        #expect(answer.isClosed && answer.text.contains("HTTP/1.1 \(status) "), "\(answer)")
        #expect(answer.text.contains("\"urn:problem-type:emotive:\(type)\""), "\(answer)")
        #expect(!answer.text.contains("HTTP/1.1 500"), "\(answer)")
      }
      // They are counted as well.
      let metrics = server.routes.metricsText
      #expect(metrics.contains("emotive_requests_total{path=\"other\",status=\"431\"} 2\n"), "\(metrics)")
    }
  }

  @Test func theConnectionStaysOpenAsTheClientExpects() async throws {
    try await fixture.serve { _, port in
      for (head, says, stays) in [
        ("GET /healthz HTTP/1.0\r\n", "close", false),
        ("GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n", "keep-alive", true),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Close, x\r\n", "close", false),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n", nil, true),
      ] as [(String, String?, Bool)] {
        let client = try RawClient(port: port)
        for _ in 0..<(stays ? 2 : 1) {
          client.send(head + "\r\n")
          let answer = await client.receive(until: stays ? "}" : nil)
          #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.isClosed != stays, "\(head): \(answer)")
          #expect(answer.text.contains("Connection: ") == (says != nil), "\(head): \(answer)")
          if let says { #expect(answer.text.contains("Connection: \(says)\r\n"), "\(head): \(answer)") }
        }
      }
    }
  }

  @Test func whoeverHasNothingMoreToSendIsAnswered() async throws {
    try await fixture.serve { server, port in
      for (path, body) in [("GET /healthz", Data()), ("POST /v1/classify", recording())] {
        let client = try RawClient(port: port)
        client.send(Data("\(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)
        client.finish()
        let answer = await client.receive()
        #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.isClosed, "\(path): \(answer)")
      }
      // A body that will never be complete is no reason to wait.
      let client = try RawClient(port: port)
      client.post("/v1/classify", length: 1_000, "", Data("RIFF".utf8))
      client.finish()
      #expect(await client.receive().isClosed)
      try await eventually("nothing is held") { server.routes.reader.memory.taken == 0 }
    }
  }

  @Test func aClientThatGoesCancelsItsWork() async throws {
    try await fixture.serve({ $0.workers = 1 }) { server, port in
      let began = Mutex(false)
      let release = DispatchSemaphore(value: 0)
      let busy = Task {
        try await server.routes.engine.workers.run { _ in
          began.withLock { $0 = true }
          release.wait()
        }
      }
      try await eventually("the worker is busy") { began.withLock { $0 } }
      let clients = try (0..<3).map { _ in try RawClient(port: port) }
      for client in clients { client.post("/v1/classify", length: recording().count, "", recording()) }
      try await eventually("all wait for the worker") { server.routes.engine.places.taken == 3 }
      clients[0].finish()
      clients[1].reset()
      // Both may still listen; the server loses its patience before the worker is free again.
      try await Task.sleep(for: .seconds(ConnectionGuard.patience + 0.5))
      release.signal()
      try await busy.value
      #expect(await clients[2].receive(until: "}}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      try await eventually("all places are given back") { server.routes.engine.places.taken == 0 }
      let text = server.routes.metricsText
      #expect(text.contains("emotive_requests_total{path=\"/v1/classify\",status=\"499\"} 2\n"))
      #expect(text.contains("emotive_batch_size_count 1\n"), "only the one that stayed went through the networks")
      #expect(text.contains("emotive_body_bytes 0\n"))
    }
  }

  @Test func aFullQueueAnswersAtOnce() async throws {
    try await fixture.serve({ $0.queueCapacity = 1 }) { server, port in
      try server.routes.engine.places.take()
      let client = try RawClient(port: port)
      // The answer comes although the body does not.
      client.post("/v1/classify", length: 1_000)
      let answer = await client.receive(until: "}").text
      #expect(
        answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("Retry-After: 1\r\n") && answer.contains("emotive:busy"))
    }
  }
}
