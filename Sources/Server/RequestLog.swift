import Foundation
import HTTPTypes

/// Counts answers, and names them where that is asked for.
struct RequestLog: Sendable {
  let metrics: ServerMetrics
  /// Takes a line for each answer; nil for none.
  let lines: LogWriter?

  /// Takes note of an answer.
  ///
  /// - Parameters:
  ///   - method: nil where no head was understood.
  ///   - path: a path of the API, or "other".
  ///   - seconds: from the request's head to the answer; nil where no head was understood.
  func add(method: HTTPRequest.Method?, path: String, status: Int, seconds: Double?, id: String) {
    metrics.count(path: path, status: status, seconds: seconds)
    guard let lines else { return }
    // Neither the query nor a path of the client's own making: who is heard stays with whoever speaks.
    let milliseconds = seconds.map { String(format: "%.1f", 1_000 * $0) } ?? "-"
    lines.add("\(Date.now.formatted(.iso8601)) \(method?.rawValue ?? "-") \(path) \(status) \(milliseconds) ms \(id)")
  }
}

/// What a request and its answer are known by in the log: the client's own X-Request-ID where that is short and plain.
enum RequestID {
  static let name = HTTPField.Name("X-Request-ID")

  /// That of a request with these headers.
  static func find(in headers: HTTPFields) -> String {
    guard let name, let sent = headers[name], (1...64).contains(sent.utf8.count), sent.utf8.allSatisfy(isPlain) else {
      return make()
    }
    return sent
  }

  static func make() -> String { UUID().uuidString }

  static func add(_ id: String, to headers: inout HTTPFields) {
    if let name { headers[name] = id }
  }

  /// Whether a byte is one of A-Z, a-z, 0-9, ., _ and -, which no log is confused by.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }
}
