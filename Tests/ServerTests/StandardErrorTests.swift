import Foundation
import Testing

@testable import Server

/// What becomes of a program whose standard error takes nothing.
@Suite(.serialized) struct StandardErrorTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  @Test func itServesWhereNothingCanBeSaid() async throws {
    let port = try freePort()
    let process = Process()
    process.executableURL = URL(filePath: ServeProcess.program)
    process.arguments = ["serve", "--port", "\(port)", "--bundle", fixture.bundle.path, "--log-requests"]
    process.standardError = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
    try process.run()
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    try await eventually("it serves", within: 60) {
      let answer = try? get("/healthz", port: port)
      return answer?.hasPrefix("HTTP/1.1 200 OK\r\n") == true || !process.isRunning
    }
    for _ in 0..<3 { #expect(try get("/healthz", port: port).hasPrefix("HTTP/1.1 200 OK\r\n")) }
    kill(process.processIdentifier, SIGTERM)
    try await eventually("it ends") { !process.isRunning }
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
  }

  @Test func aFailureThatCannotBeSaidStaysOne() throws {
    for redirection in ["2>/dev/full", "2>&-", "0<&- 1>&- 2>&-"] {
      let script = "\"$0\" predict --bundle \"$1\" missing.wav \(redirection)"
      #expect(try run("/bin/sh", "-c", script, ServeProcess.program, fixture.bundle.path).status == 1, "\(redirection)")
    }
  }
}
