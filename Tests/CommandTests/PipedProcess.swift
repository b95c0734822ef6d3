import Foundation
import Testing

/// The built program with its standard input and output in pipes, to see what it does while it runs.
final class PipedProcess {
  private let process: Process
  private let input = Pipe()
  private let output = Pipe()
  private let errors: URL
  private var unread = Data()

  init(_ sandbox: Sandbox, _ arguments: [String]) throws {
    process = sandbox.process(arguments)
    errors = sandbox.folder.appending(path: "\(UUID().uuidString).err")
    try Data().write(to: errors)
    process.standardInput = input
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
  }

  /// Writes to the program's input, which a program that has ended leaves as an error, and not as the end of all tests.
  func write(_ data: Data) throws {
    var broken = sigset_t()
    sigemptyset(&broken)
    sigaddset(&broken, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &broken, nil)
    defer {
      var now = timespec()
      sigtimedwait(&broken, nil, &now)
      pthread_sigmask(SIG_UNBLOCK, &broken, nil)
    }
    try input.fileHandleForWriting.write(contentsOf: data)
  }

  func closeInput() throws { try input.fileHandleForWriting.close() }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits until the program has read all that was written.
  func waitUntilRead() throws {
    try wait("reads its input") {
      var waiting: Int32 = 0
      return ioctl(input.fileHandleForWriting.fileDescriptor, UInt(FIONREAD), &waiting) == 0 && waiting == 0
    }
  }

  /// Waits for something to become true; a minute is far more than it can take.
  func wait(_ what: String, until holds: () throws -> Bool) throws {
    for _ in 0..<6_000 {
      if try holds() { return }
      usleep(10_000)
    }
    signal(SIGKILL)
    throw Timeout(what: "the program never \(what): \(said)")
  }

  /// The next line that the program prints; nil at the end.
  func line() throws -> String? {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread = Data(unread[(end + 1)...]) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      var descriptor = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&descriptor, 1, 60_000) > 0 else {
        signal(SIGKILL)
        throw Timeout(what: "the program printed nothing for a minute: \(said)")
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      unread += more
    }
  }

  /// Waits for the program's end and returns what it still printed.
  func finish() throws -> Sandbox.Outcome {
    var text = ""
    while let line = try line() { text += line + "\n" }
    process.waitUntilExit()
    return Sandbox.Outcome(status: process.terminationStatus, output: text, errors: said)
  }

  private var said: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

  struct Timeout: Error { let what: String }
}

/// A bundle that is trained once for all tests that only want one.
enum SharedBundle {
  static let sandbox: Result<Sandbox, any Error> = Result {
    let sandbox = try Sandbox()
    try sandbox.makeCorpus()
    let outcome = try sandbox.train("run", "--epochs", "1")
    try #require(outcome.status == 0, "\(outcome.errors)")
    atexit { try? FileManager.default.removeItem(at: SharedBundle.sandbox.get().folder) }
    return sandbox
  }

  /// Its folder.
  static func path() throws -> String { try sandbox.get().path("run/speakers/bundle") }
}
