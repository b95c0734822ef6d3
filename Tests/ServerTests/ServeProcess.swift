import Foundation
import Testing

/// `emotive serve` on a free port; it is killed with the test that has started it.
final class ServeProcess: @unchecked Sendable {
  // Unchecked: nothing changes after `init`, and one task at a time, that of its test, asks for its state.
  static let program = Bundle.main.bundleURL.appending(path: "emotive").path

  private(set) var port = 0
  private let process = Process()
  private let log: URL

  /// - Parameter atStart: called with the process's number before it serves.
  init(_ arguments: String..., atStart: (Int32) async throws -> Void = { _ in }) async throws {
    log = FileManager.default.temporaryDirectory.appending(path: "emotive-serve-\(UUID().uuidString).log")
    try Data().write(to: log)
    process.executableURL = URL(filePath: Self.program)
    process.arguments = ["serve", "--port", "0"] + arguments
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    try await atStart(process.processIdentifier)
    try await eventually("the server starts", within: 60) { errors.contains(" with ") || !process.isRunning }
    let match = try #require(errors.firstMatch(of: #/Serving on https?://[\d.]+:(\d+) /#), "\(errors)")
    port = Int(match.1) ?? 0
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: log)
  }

  /// What it has said.
  var errors: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Its status once it has ended.
  func end(within seconds: Double) async throws -> Int32 {
    try await eventually("the server ends", within: seconds) { !process.isRunning }
    return process.terminationStatus
  }
}
