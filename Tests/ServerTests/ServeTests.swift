import Foundation
import Synchronization
import Testing

@testable import Server

/// The built program, over real sockets.
@Suite(.serialized) struct ServeTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  @Test func bundlesAreSwappedUnderLoad() async throws {
    let folder = fixture.folder.appending(path: "live-\(UUID().uuidString)")
    try await Fixture.writeBundle(to: folder, name: "first", seed: 1)
    let server = try await ServeProcess("--bundle", "live=\(folder.path)")
    let load = Load(port: server.port, clients: 4)
    for (round, name) in ["second", "third"].enumerated() {
      let before = load.answers
      try await eventually("requests are answered") { load.answers > before + 8 }
      try await Fixture.writeBundle(to: folder, name: name, seed: UInt64(round + 2))
      server.send(SIGHUP)
      try await eventually("the new bundle answers") {
        try get("/v1/bundles", port: server.port).contains("\"model\":\"\(name)\",\"name\":\"live\"")
      }
    }
    // A bundle that cannot be loaded changes nothing.
    try Data("{".utf8).write(to: folder.appending(path: "bundle.json"))
    server.send(SIGHUP)
    try await eventually("the failure is told") { server.errors.contains("live stays as it was: ") }
    let before = load.answers
    try await eventually("requests are still answered") { load.answers > before + 8 }
    #expect(try await load.end() == [])
    let metrics = try get("/metrics", port: server.port)
    #expect(metrics.contains("emotive_bundle_reloads_total{result=\"success\"} 2\n"))
    #expect(metrics.contains("emotive_bundle_reloads_total{result=\"failure\"} 1\n"))
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
  }

  @Test func slowAndIdleClientsDoNotHoldUpOthers() async throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    // The slow ones are never done, and nothing is to be learned from waiting for them in the end.
    let server = try await ServeProcess(
      "--bundle", fixture.bundle.path, "--header-timeout", "600", "--body-timeout", "600", "--drain", "0.1")
    let body = recording()
    let idle = try (0..<1_000).map { _ in try RawClient(port: server.port) }
    let slow = try (0..<50).map { number in
      let client = try RawClient(port: server.port)
      // Some are slow with their heads, some with their bodies.
      if number % 2 == 0 {
        client.post("/v1/classify", length: body.count, "", body.prefix(100))
      } else {
        client.send("POST ")
      }
      return client
    }
    for number in 0..<100 {
      let client = try RawClient(port: server.port)
      client.post("/v1/classify", length: body.count, "", body.prefix(number * 50))
      if number % 2 == 0 { client.reset() }  // the others close as they are left
    }
    for round in 0..<3 {
      for client in slow { client.send(body[body.startIndex + 100 + round..<body.startIndex + 101 + round]) }
      let client = try RawClient(port: server.port)
      client.post("/v1/classify", length: body.count, "", body)
      #expect(await client.receive(until: "}}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      try await Task.sleep(for: .seconds(1))
    }
    #expect(idle.last?.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == true)
    #expect(await idle.last?.receive(until: "}").text.contains("\"ok\"") == true)
    server.send(SIGTERM)
    _ = try await server.end(within: 60)
  }

  @Test func whatClientsSendIsNotLogged() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path)
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../AudioTests/Golden/layer3.mp3")
    var body = try Data(contentsOf: file)
    // libmpg123 has much to say of this.
    body.replaceSubrange(900..<1_100, with: Data(count: 200))
    let client = try RawClient(port: server.port)
    client.post("/v1/classify", length: body.count, "", body)
    #expect(await client.receive(until: "}}").text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    for number in 0..<20 {
      let client = try RawClient(port: server.port)
      client.post("/v1/classify", length: body.count, "", body.prefix(number * 50))
      if number % 2 == 0 { client.reset() }  // the others close as they are left
    }
    // A reset may throw away a head that was not read yet.
    try await eventually("requests that were cut off are counted") {
      let line = try? get("/metrics", port: server.port).firstMatch(of: #/classify",status="499"} (\d+)/#)
      return line.flatMap { Int($0.1) }.map { $0 >= 10 } == true
    }
    #expect(try !get("/metrics", port: server.port).contains("status=\"500\""))
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
    #expect(server.errors.split(separator: "\n").count == 1, "\(server.errors)")
  }

  @Test func saysWhatOthersCanDoWhereTheyCanReachIt() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path, "--host", "0.0.0.0")
    #expect(server.errors.contains("it has no --token-file.\n"))
    #expect(server.errors.contains("there is no --tls-cert.\n"))
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
  }

  @Test func requestsAreNamedWhereThatIsAskedFor() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path, "--log-requests")
    for path in ["/healthz", "/anna/secret?name=anna"] { _ = try get(path, port: server.port) }
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
    #expect(server.errors.contains(/Z GET \/healthz 200 \d+\.\d ms [0-9A-F-]{36}\n/))
    #expect(server.errors.contains(" GET other 404 "))
    #expect(!server.errors.contains("anna"), "\(server.errors)")
  }

  private static let hasTools = ["openssl", "curl"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
  }

  @Test(.enabled(if: hasTools, "no openssl and curl in /usr/bin")) func certificatesAreUsed() async throws {
    func path(_ name: String) -> String { fixture.folder.appending(path: name).path }
    func makeCertificate() throws {
      let made = try run(
        "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", path("key.pem"), "-out", path("cert.pem"), "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost")
      try #require(made.status == 0, "\(made.output)")
    }
    try makeCertificate()
    let server = try await ServeProcess(
      "--bundle", fixture.bundle.path, "--tls-cert", path("cert.pem"), "--tls-key", path("key.pem"))
    #expect(server.errors.contains("Serving on https://"))
    try recording().write(to: fixture.folder.appending(path: "speech.wav"))
    func classified() throws -> (status: Int32, output: String) {
      try run(
        "/usr/bin/curl", "-sS", "--cacert", path("cert.pem"), "--data-binary", "@\(path("speech.wav"))",
        "https://localhost:\(server.port)/v1/classify")
    }
    let answer = try classified()
    #expect(answer.status == 0 && answer.output.contains("\"bundle\":\"test\""), "\(answer.output)")
    for (version, isTaken) in [("-tls1_1", false), ("-tls1_2", true)] {
      let outcome = try run(
        "/usr/bin/openssl", "s_client", "-connect", "localhost:\(server.port)", version,
        "-cipher", "DEFAULT@SECLEVEL=0")
      #expect((outcome.status == 0) == isTaken, "\(version): \(outcome.output)")
    }
    // Another certificate is shown once it is loaded; what cannot be used is not.
    try makeCertificate()
    #expect(try classified().status != 0)
    server.send(SIGHUP)
    try await eventually("it is loaded") { server.errors.contains("The certificate was reloaded.") }
    #expect(try classified().status == 0)
    try Data().write(to: URL(filePath: path("key.pem")))
    server.send(SIGHUP)
    try await eventually("it is not") {
      server.errors.contains("The certificate stays as it was: the files given with --tls-cert")
    }
    #expect(try classified().status == 0)
    let metrics = try run(
      "/usr/bin/curl", "-sS", "--cacert", path("cert.pem"), "https://localhost:\(server.port)/metrics"
    ).output
    for result in ["failure", "success"] {
      #expect(metrics.contains("emotive_certificate_reloads_total{result=\"\(result)\"} 1\n"), "\(metrics)")
    }
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
    // Another certificate's key.
    let other = try run(
      "/usr/bin/openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path("other.pem"))
    try #require(other.status == 0, "\(other.output)")
    let outcome = try run(
      ServeProcess.program,
      ["serve", "--bundle", fixture.bundle.path, "--tls-cert", path("cert.pem"), "--tls-key", path("other.pem")])
    #expect(outcome.status == 1 && outcome.output.contains("--tls-cert and --tls-key cannot be used"), "\(outcome)")
  }

  @Test func whatCannotBeServedIsSaid() async throws {
    let taken = try await ServeProcess("--bundle", fixture.bundle.path)
    let token = fixture.folder.appending(path: "token").path
    try Data("short\n".utf8).write(to: URL(filePath: token))
    for (arguments, status, message) in [
      (["--port", "\(taken.port)"], 1, "cannot listen on 127.0.0.1 port \(taken.port)"),
      (["--host", "no.such.host.invalid"], 1, "there is no host no.such.host.invalid"),
      (["--port", "70000"], 64, "--port must be 0 to 65535, but is 70000"),
      (["--timelines", "0"], 64, "--timelines must be 1 to 1000000, but is 0"),
      (["--drain=-1"], 64, "--drain must be 0 to 86400 s, but is -1"),
      (["--shutdown-delay=-1"], 64, "--shutdown-delay must be 0 to 86400 s, but is -1"),
      (["--keep-alive", "0"], 64, "--keep-alive must be 0.1 to 86400 s, but is 0"),
      (["--network-threads", "0"], 64, "--network-threads must be 1 to 1024, but is 0"),
      (["--tls-cert", "x"], 64, "--tls-cert and --tls-key belong together"),
      (["--tls-cert", "x.pem", "--tls-key", "y.pem"], 1, "x.pem"),
      (["--token-file", "nowhere"], 64, "nowhere cannot be read"),
      (["--token-file", token], 64, "at least 8 ASCII characters"),
      (["--cors-origin", "example.org"], 64, "--cors-origin must be"),
      (["--bundle", "a=\(fixture.bundle.path)", "--bundle", "a=\(fixture.other.path)"], 1, "two bundles are called a"),
      (["--bundle", "nowhere"], 1, "no bundle.json in it"),
    ] as [([String], Int32, String)] {
      let bundle = arguments.contains("--bundle") ? [] : ["--bundle", fixture.bundle.path]
      let outcome = try run(ServeProcess.program, ["serve"] + bundle + arguments)
      #expect(outcome.status == status && outcome.output.contains(message), "\(arguments): \(outcome)")
    }
    taken.send(SIGTERM)
    #expect(try await taken.end(within: 10) == 0)
  }
}

/// Clients that send one recording after the other, each on a thread, as they block.
private final class Load: Sendable {
  private let state = Mutex((answers: 0, failures: [String](), isDone: false, running: 0))

  init(port: Int, clients: Int) {
    state.withLock { $0.running = clients }
    for number in 1...clients {
      Thread { [self] in
        let client = try? RawClient(port: port)
        while !state.withLock({ $0.isDone }) {
          client?.post("/v1/classify?bundle=live", length: recording(number).count, "", recording(number))
          let answer = client?.waitFor("}}").text ?? "no connection"
          state.withLock {
            $0.answers += 1
            if !answer.hasPrefix("HTTP/1.1 200 OK\r\n") { $0.failures.append(answer) }
          }
        }
        state.withLock { $0.running -= 1 }
      }.start()
    }
  }

  var answers: Int { state.withLock { $0.answers } }

  /// Ends the load; returns the answers that were none.
  func end() async throws -> [String] {
    state.withLock { $0.isDone = true }
    try await eventually("the clients end") { state.withLock { $0.running } == 0 }
    return state.withLock { $0.failures }
  }
}
