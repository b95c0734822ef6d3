import Foundation
import Hummingbird
import HummingbirdTesting
import Storage
import Testing

@testable import Server

/// What the server counts.
@Suite struct MetricsTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  @Test func theStateOfTheProgramIsCounted() async throws {
    let server = try fixture.server { $0.timelineCapacity = 3 }
    try await server.application().test(.router) { client in
      try server.routes.engine.timelinePlaces.take(2)
      server.routes.metrics.count(certificateReload: true)
      server.routes.metrics.count(certificateReload: false)
      server.routes.metrics.count(certificateReload: false)
      let text = try await client.get("/metrics").text
      for line in [
        "# TYPE emotive_timelines gauge", "emotive_timelines 2", "emotive_timelines_capacity 3",
        "# TYPE emotive_connections gauge", "emotive_connections 0",
        "# TYPE emotive_certificate_reloads_total counter", "emotive_certificate_reloads_total{result=\"success\"} 1",
        "emotive_certificate_reloads_total{result=\"failure\"} 2", "emotive_bundle_reloads_total{result=\"success\"} 0",
        "emotive_build_info{version=\"\(Program.version)\"} 1",
      ] {
        #expect(text.contains(line + "\n"), "\(line): \(text)")
      }
    }
  }

  @Test func openConnectionsAreCounted() async throws {
    let server = try await ServeProcess("--bundle", fixture.bundle.path)
    var clients = try (0..<3).map { _ in try RawClient(port: server.port) }
    // The one that asks is one of them.
    try await eventually("all are counted") {
      try get("/metrics", port: server.port).contains("emotive_connections 4\n")
    }
    clients.removeAll()
    try await eventually("they are gone") {
      try get("/metrics", port: server.port).contains("emotive_connections 1\n")
    }
    server.send(SIGTERM)
    #expect(try await server.end(within: 10) == 0)
  }

  @Test func theVersionIsTheProgramsOwn() throws {
    #expect(try run(ServeProcess.program, "--version").output == Program.version + "\n")
  }
}
